import type { TestAttempt } from "@shardwright/core";

/** How a test fared on one class of hardware. */
export interface HardwareRow {
  readonly hardware_class: string;
  readonly attempts: number;
  /** Those that failed, or could not be run. */
  readonly bad: number;
  /** Of those that passed; undefined where none did. */
  readonly median_ms: number | undefined;
  readonly longest_ms: number | undefined;
}

/** The classes with most attempts first. */
export function byHardware(attempts: readonly TestAttempt[]): HardwareRow[] {
  const classes = new Map<string, TestAttempt[]>();
  for (const attempt of attempts) classes.set(attempt.hardware_class, [...(classes.get(attempt.hardware_class) ?? []), attempt]);
  return [...classes]
    .map(([hardware_class, of]) => {
      const durations = of
        .filter(({ status }) => status === "passed")
        .map(({ duration_ms }) => duration_ms)
        .sort((a, b) => a - b);
      return {
        hardware_class,
        attempts: of.length,
        bad: of.filter(({ status }) => status === "failed" || status === "errored").length,
        median_ms: medianOf(durations),
        longest_ms: durations.at(-1),
      };
    })
    .sort((a, b) => b.attempts - a.attempts);
}

/** @param sorted ascending */
function medianOf(sorted: readonly number[]): number | undefined {
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  const lower = sorted[middle - 1];
  return sorted.length % 2 === 1 || upper === undefined || lower === undefined ? upper : (lower + upper) / 2;
}
