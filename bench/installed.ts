import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packAll, run } from "../tools/pack.ts";

export interface Installed {
  /** The program, to be run with Node. */
  readonly shardwright: string;
  remove(): void;
}

/** Installs what would be published into a folder of its own, as users have it: a checkout compiles as it goes, and starts slower. */
export function installShardwright(): Installed {
  const root = mkdtempSync(join(tmpdir(), "shardwright-installed-"));
  const remove = () => rmSync(root, { recursive: true, force: true });
  try {
    const packed = packAll(join(root, "packed"));
    const project = join(root, "project");
    mkdirSync(project);
    const local = Object.fromEntries(packed.map(({ directory, tarball }) => [nameOf(directory), `file:${tarball}`]));
    // Overrides, so that the packages find each other in these tarballs and not in the registry.
    writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, dependencies: local, overrides: local }));
    run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"], project);
    return { shardwright: join(project, "node_modules", "shardwright", "bin", "shardwright.mjs"), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function nameOf(directory: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(import.meta.dirname, "..", directory, "package.json"), "utf8"));
  return (manifest as { name: string }).name;
}
