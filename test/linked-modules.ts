import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";

const resolver = createRequire(join(import.meta.dirname, "../packages/runners/package.json"));

/** A folder of modules that suites link to, with these packages as our runners have them. To be called once in a test file. @returns its path */
export function linkedModules(packages: readonly string[]): string {
  const modules = mkdtempSync(join(tmpdir(), "shardwright-modules-"));
  for (const name of packages) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(dirname(resolver.resolve(`${name}/package.json`)), join(modules, name), "junction");
  }
  afterAll(() => rmSync(modules, { recursive: true, force: true }));
  return modules;
}
