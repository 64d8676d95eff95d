import { lowerBound_ms } from "./bound.ts";
import type { Policy } from "./policy.ts";
import { type PoolKind, drawScenario } from "./scenario.ts";
import { simulate } from "./simulate.ts";

/** Makespans over the lower bound, across seeds. */
export interface Measurement {
  readonly mean: number;
  readonly median: number;
  readonly p95: number;
  readonly p99: number;
  readonly worst: number;
  readonly worstSeed: number;
  /** Duplicates begun in a run, on average. */
  readonly duplicates: number;
}

/** Plays the runs of all these seeds under one policy. @throws Error for no seeds, and what the simulation throws */
export function measure(policy: Policy, seeds: readonly number[], kind?: PoolKind): Measurement {
  let duplicates = 0;
  const runs = seeds.map((seed) => {
    const scenario = drawScenario(seed, kind);
    const outcome = simulate(scenario, policy);
    duplicates += outcome.duplicates;
    return { seed, ratio: outcome.makespan_ms / lowerBound_ms(scenario) };
  });
  runs.sort((a, b) => a.ratio - b.ratio);
  const last = runs.at(-1);
  if (last === undefined) throw new Error("there is nothing to measure without seeds");
  // The nearest rank: a ratio that was measured, not one in between.
  const rank = (share: number) => runs[Math.ceil(share * runs.length) - 1]?.ratio ?? last.ratio;
  return {
    mean: runs.reduce((sum, { ratio }) => sum + ratio, 0) / runs.length,
    median: rank(0.5),
    p95: rank(0.95),
    p99: rank(0.99),
    worst: last.ratio,
    worstSeed: last.seed,
    duplicates: duplicates / runs.length,
  };
}
