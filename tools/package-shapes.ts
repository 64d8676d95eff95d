/** Builds the packages, packs each as npm would get it, and lets publint judge the tarballs. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { packages } from "./packages.ts";

const root = join(import.meta.dirname, "..");
const out = mkdtempSync(join(tmpdir(), "shardwright-pack-"));
let problems = 0;
try {
  run(process.execPath, [join(root, "tools", "build.ts")], root);
  for (const directory of packages) {
    run("npx", ["--yes", "pnpm@12.20.0", "pack", "--pack-destination", out], join(root, directory));
    const tarball = readdirSync(out).find((name) => name.endsWith(".tgz"));
    if (tarball === undefined) throw new Error(`nothing was packed for ${directory}`);
    const bytes = readFileSync(join(out, tarball));
    rmSync(join(out, tarball));
    const { messages, pkg } = await publint({
      pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) },
    });
    for (const message of messages.filter(({ type }) => type !== "suggestion")) {
      problems += 1;
      console.error(`${directory}: ${formatMessage(message, pkg)}`);
    }
  }
} finally {
  rmSync(out, { recursive: true, force: true });
  for (const directory of packages) rmSync(join(root, directory, "dist"), { recursive: true, force: true });
}
process.exitCode = problems === 0 ? 0 : 1;

function run(command: string, args: string[], cwd: string): void {
  const result = spawnSync(command, args, { cwd, encoding: "utf8", shell: process.platform === "win32" });
  if (result.status !== 0) throw new Error(`${command} ${args.join(" ")} failed in ${cwd}:\n${result.stdout}${result.stderr}`);
}
