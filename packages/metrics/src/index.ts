import { appendFileSync } from "node:fs";

/** What is said of a measurement beside its value. */
export interface MeasureOptions {
  /** `ms`, `bytes`, `1/s`; a bare number when absent. */
  readonly unit?: string;
  /** Which way is better; `lower` when absent. */
  readonly better?: "lower" | "higher";
  /** The case that it is about; the one that runs when absent, where its framework tells which that is. */
  readonly test?: string;
  /** The file that the case is in; as for the case. */
  readonly file?: string;
  /** Each measurement by itself, in the metric's unit; the value may then be their median. */
  readonly replicates?: readonly number[];
  /** What the value depends on beside the test: `{ size: "large" }`. */
  readonly dimensions?: Readonly<Record<string, string>>;
}

/**
 * Says what a test measured: a line in the file that `SHARDWRIGHT_METRICS` names. Elsewhere nothing is written, so a test may call it
 * wherever it runs. Called several times by one test for one metric, the values are its replicates.
 * @param name lower case, with dots: `latency`, `memory.heap`
 * @throws RangeError for a value or replicate that is no finite number; what the file system throws
 * @example
 * measure("latency", performance.now() - began, { unit: "ms" });
 */
export function measure(name: string, value: number, options: MeasureOptions = {}): void {
  for (const each of [value, ...(options.replicates ?? [])])
    if (!Number.isFinite(each)) throw new RangeError(`the metric ${name} is ${each}, which is no finite number`);
  const path = process.env["SHARDWRIGHT_METRICS"];
  if (path === undefined || path === "") return;
  // One call, so that lines of several threads do not mix.
  appendFileSync(path, `${JSON.stringify({ ...current(), ...options, name, value })}\n`);
}

/** What Vitest and Jest tell of the test that runs. */
function current(): { test?: string; file?: string } {
  const { expect } = globalThis as { expect?: { getState?: () => { currentTestName?: string; testPath?: string } } };
  const symbol = (globalThis as Record<symbol, unknown>)[Symbol.for("expect-global")] as typeof expect;
  for (const one of [expect, symbol]) {
    const state = typeof one?.getState === "function" ? one.getState() : undefined;
    if (state?.testPath === undefined) continue;
    return { file: state.testPath, ...(state.currentTestName !== undefined && { test: state.currentTestName }) };
  }
  return {};
}
