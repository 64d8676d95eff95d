import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { program } from "../../processes.ts";

/** Puts our program where a project that depends on it has it: `npx` finds it there, and asks no registry. */
export function installShardwright(checkout: string): void {
  const bin = join(checkout, "node_modules", ".bin");
  mkdirSync(bin, { recursive: true });
  const path = join(bin, "shardwright");
  writeFileSync(path, `#!/usr/bin/env node\nawait import(${JSON.stringify(program)});\n`);
  chmodSync(path, 0o755);
  writeFileSync(join(bin, "package.json"), '{ "type": "module" }');
}
