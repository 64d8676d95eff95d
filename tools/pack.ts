import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { takeBuildLock } from "./build-lock.ts";
import { packages } from "./packages.ts";

const root = join(import.meta.dirname, "..");

export interface Packed {
  /** The package's folder, relative to the repository. */
  readonly directory: string;
  readonly tarball: string;
}

/** Builds all packages and packs each as npm would get it. @param out an empty folder for the tarballs */
export function packAll(out: string): Packed[] {
  const release = takeBuildLock();
  try {
    run(process.execPath, [join(root, "tools", "build.ts")], root);
    return packages.map((directory) => {
      const own = join(out, directory.replace("/", "-"));
      mkdirSync(own, { recursive: true });
      run("npx", ["--yes", "pnpm@12.20.0", "pack", "--pack-destination", own], join(root, directory));
      const tarball = readdirSync(own).find((name) => name.endsWith(".tgz"));
      if (tarball === undefined) throw new Error(`nothing was packed for ${directory}`);
      return { directory, tarball: join(own, tarball) };
    });
  } finally {
    for (const directory of packages) rmSync(join(root, directory, "dist"), { recursive: true, force: true });
    release();
  }
}

/** Runs a program to its end. @throws Error with what it printed when it fails */
export function run(command: string, args: string[], cwd: string): void {
  const result = spawnSync(command, args, { cwd, encoding: "utf8", shell: process.platform === "win32" });
  if (result.status !== 0) throw new Error(`${command} ${args.join(" ")} failed in ${cwd}:\n${result.stdout}${result.stderr}`);
}
