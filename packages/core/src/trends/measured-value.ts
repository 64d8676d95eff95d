import { type CaseResult, caseName } from "../model/case.ts";
import type { Metric } from "../model/metric.ts";
import { dimensionsText } from "../metrics/series-name.ts";

/** What is measured of a test: what its series is called by. */
export interface Measured {
  /** The case's name; empty for the file as a whole. */
  readonly case: string;
  readonly name: string;
  readonly unit: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** One attempt of the test's file. */
export interface MeasuringAttempt {
  readonly status: string;
  readonly duration_ms: number;
  readonly cases: readonly CaseResult[];
  readonly metrics?: readonly Metric[] | undefined;
  readonly failure?: { readonly kind: string; readonly message: string } | undefined;
}

/** @returns the value, by the rules by which it becomes a point of the series; or why there is none */
export function measuredValue(
  attempt: MeasuringAttempt,
  { case: wanted, name, unit, dimensions }: Measured,
): { readonly value: number } | { readonly problem: string } {
  const { browser: _browser, ...own } = dimensions;
  const isWanted = (metric: Metric) => {
    const { browser: _own, ...rest } = metric.dimensions ?? {};
    return (
      metric.name === name && metric.unit === unit && metric.partial !== true && dimensionsText(rest) === dimensionsText(own)
    );
  };
  const isDuration = name === "duration" && unit === "ms";
  const { failure } = attempt;
  if (wanted === "") {
    if (attempt.status !== "passed") return { problem: failure?.message ?? `it ended as ${attempt.status}` };
    if (isDuration) return { value: attempt.duration_ms };
    const metric = attempt.metrics?.find(isWanted);
    return metric === undefined ? { problem: `it did not measure ${name}` } : { value: metric.value };
  }
  const result = attempt.cases.find((one) => caseName(one) === wanted);
  if (result === undefined)
    return {
      problem: attempt.status === "passed" ? `it has no test “${wanted}”` : (failure?.message ?? `it ended as ${attempt.status}`),
    };
  if (result.status !== "passed") return { problem: result.message ?? `the test is ${result.status}` };
  if (result.retries > 0) return { problem: "the test passed only when it was tried again" };
  if (isDuration) return { value: result.duration_ms };
  const metric = result.metrics?.find(isWanted);
  return metric === undefined ? { problem: `the test did not measure ${name}` } : { value: metric.value };
}
