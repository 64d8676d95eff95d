import { type Tally, type TuningState, type TuningTerms, emptyTally, median, tuningParameters, valueOf } from "@shardwright/core";
import { ours } from "../dealing/policies/ours.ts";
import { simulate } from "../dealing/simulate.ts";
import type { Runs, Values, World } from "./world.ts";

const beat_ms = 3000;

export interface Played {
  readonly makespan_ms: number;
  /** What a coordinator would have measured of it. */
  readonly block: Tally;
}

/** Has the production policy deal one run of a world under these values. */
export function playRun(world: World, runs: Runs, number: number, values: Values): Played {
  const scenario = runs.draw(number, values);
  const counts: { -readonly [K in keyof Tally]: Tally[K] } = { ...emptyTally, runs: 1 };
  const took: { key: string; duration_ms: number }[] = [];
  let longest_ms = 0;
  const { makespan_ms } = simulate(scenario, ours({ cap_ms: values["batch-length"] * 1000 }), {
    leaseOver: ({ held_ms, tests_ms }) => {
      counts.leases += 1;
      counts.overhead_ms += Math.max(0, held_ms - tests_ms);
    },
    finished: (task, duration_ms) => {
      const key = scenario.pool.tasks[task]?.key ?? "";
      const usual_ms = median(runs.usually_ms(key));
      counts.tasks += 1;
      counts.tests_ms += duration_ms;
      longest_ms = Math.max(longest_ms, duration_ms);
      took.push({ key, duration_ms });
      if (usual_ms === undefined) return;
      counts.known_ms += duration_ms;
      counts.expected_ms += usual_ms;
    },
    gaveUp: ({ thrown_ms, isThere }) => {
      counts.thrown_ms += thrown_ms;
      counts.lost_silent += 1;
      if (isThere) counts.false_silent += 1;
    },
  });
  for (const { key, duration_ms } of took) runs.remember(key, duration_ms);
  const slots = runs.slotsAt(values);
  counts.open_ms = makespan_ms;
  counts.least_ms = Math.max(longest_ms, counts.tests_ms / (world.machines * world.slots));
  if (slots > 1) counts.beats = Math.ceil(makespan_ms / beat_ms) * world.machines;
  if (slots > world.fit) counts.beats_short = counts.beats;
  return { makespan_ms, block: counts };
}

export function valuesOf(state: TuningState, terms: TuningTerms): Values {
  return Object.fromEntries(tuningParameters.map((name) => [name, valueOf(state, terms, name)])) as Values;
}
