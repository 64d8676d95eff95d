import { quantile } from "../options.ts";
import type { Outcome } from "./simulate.ts";

/** What came of many runs. */
export interface Measurement {
  readonly runs: number;
  readonly wrong: number;
  readonly misnamed: number;
  readonly files: number;
  /** On average. */
  readonly wasted: number;
  /** Makespans over what the machines that remained could have done at best. */
  readonly mean: number;
  readonly median: number;
  readonly p99: number;
}

/** @param outcomes by seed */
export function measurementOf(outcomes: ReadonlyMap<number, Outcome>): Measurement {
  const all = [...outcomes.values()];
  const sum = (of: (outcome: Outcome) => number) => all.reduce((total, outcome) => total + of(outcome), 0);
  const ratios = all.map(({ makespanRatio }) => makespanRatio);
  return {
    runs: all.length,
    wrong: all.filter(({ wrong }) => wrong !== undefined).length,
    misnamed: sum(({ misnamed }) => misnamed),
    files: sum(({ files }) => files),
    wasted: sum(({ wasted }) => wasted) / all.length,
    mean: sum(({ makespanRatio }) => makespanRatio) / all.length,
    median: quantile(ratios, 0.5),
    p99: quantile(ratios, 0.99),
  };
}
