import {
  type TuningChange,
  type TuningTerms,
  afterBlock,
  batchLimits,
  beginTuning,
  parameterDefinitions,
  retryShare,
} from "@shardwright/core";
import { mulberry32 } from "../random.ts";
import { playRun, valuesOf } from "./play.ts";
import { Runs, type Values, type World } from "./world.ts";

/** Production defaults. */
const usual: Values = {
  "batch-length": batchLimits.cap_ms / 1000,
  "lease-time": 15,
  "reconnect-time": 2,
  concurrency: 1,
  "retry-budget": retryShare,
};
/** Runs that are compared before anything was tuned and after. */
export const compared = 40;

interface Outcome {
  /** Mean makespans of the runs that are compared, as the fleet was set and as it is at the end. */
  readonly before_ms: number;
  readonly after_ms: number;
  readonly changes: readonly TuningChange[];
  /** What holds at the end. */
  readonly values: Values;
  /** What the runs took in all while it tuned itself, over what they would have taken as it was set. */
  readonly price: number;
}

/** What a world is started with. */
export function valuesFor({ set }: World): Values {
  return { ...usual, ...set };
}

/** Has a fleet tune itself for so many runs, beside one that does not, and compares them in some more. */
export function playFleet(world: World, seed: number, count: number): Outcome {
  const definitions = parameterDefinitions(valuesFor(world));
  const terms: TuningTerms = { definitions, mode: "on", random: mulberry32(seed + 1_000_000) };
  const tuned = new Runs(world, seed);
  const untuned = new Runs(world, seed);
  let state = beginTuning(definitions);
  const changes: TuningChange[] = [];
  let tuned_ms = 0;
  let untuned_ms = 0;
  for (let number = 1; number <= count; number += 1) {
    const { makespan_ms, block } = playRun(world, tuned, number, valuesOf(state, terms));
    tuned_ms += makespan_ms;
    untuned_ms += playRun(world, untuned, number, valuesFor(world)).makespan_ms;
    const step = afterBlock(state, block, terms);
    ({ state } = step);
    changes.push(...step.changes);
  }
  // A trial that is under way is not what was found out.
  const values = valuesOf({ ...state, trial: undefined }, terms);
  const numbers = Array.from({ length: compared }, (_, index) => count + 1 + index);
  const after_ms = meanOf(numbers.map((number) => playRun(world, tuned, number, values).makespan_ms));
  const before_ms = meanOf(numbers.map((number) => playRun(world, untuned, number, valuesFor(world)).makespan_ms));
  return { before_ms, after_ms, changes, values, price: tuned_ms / untuned_ms };
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
