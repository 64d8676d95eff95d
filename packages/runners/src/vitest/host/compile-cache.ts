import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

/** What decides about it. */
interface Configuration {
  readonly pool: string;
  readonly coverage: Pick<TestProject["config"]["coverage"], "enabled">;
}

/**
 * What a worker's environment has to have so that it need not compile what the worker before it has compiled, which is a fifth of what a
 * short file costs. Threads know no such variable, and with the cache V8's coverage is less precise.
 */
export function compileCacheFor(
  { pool, coverage }: Configuration,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const isProcess = pool === "forks" || pool === "vmForks";
  if (!isProcess || coverage.enabled || environment["NODE_V8_COVERAGE"] !== undefined) return {};
  return { NODE_COMPILE_CACHE: environment["NODE_COMPILE_CACHE"] ?? join(tmpdir(), "node-compile-cache") };
}
