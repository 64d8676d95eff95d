import { extname } from "node:path";
import { fileURLToPath } from "node:url";

/** The Node that runs a project's tests: the one that runs us, unless `SHARDWRIGHT_NODE` in the suite's environment names another. */
export function nodeProgram(environment: Readonly<Record<string, string>>): string {
  return environment["SHARDWRIGHT_NODE"] ?? process.execPath;
}

/**
 * The path of a script that stands beside a module of ours: TypeScript in a checkout, JavaScript where the package is installed,
 * because Node strips no types under node_modules.
 * @example scriptBeside(import.meta.url, "host/main")
 */
export function scriptBeside(moduleUrl: string, name: string): string {
  return fileURLToPath(new URL(`${name}${extname(new URL(moduleUrl).pathname)}`, moduleUrl));
}
