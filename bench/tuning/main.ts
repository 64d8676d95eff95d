import {
  type TuningChange,
  type TuningTerms,
  afterBlock,
  batchLimits,
  beginTuning,
  falseKeepChance,
  parameterDefinitions,
  retryShare,
} from "@shardwright/core";
import { goal, readNumbers } from "../options.ts";
import { mulberry32 } from "../random.ts";
import { playRun, valuesOf } from "./play.ts";
import { Runs, type Values, type World, worlds } from "./world.ts";

/** Production defaults, but for the lease time: the server has that. */
const usual: Values = {
  "batch-length": batchLimits.cap_ms / 1000,
  "lease-time": 15,
  "reconnect-time": 2,
  concurrency: 1,
  "retry-budget": retryShare,
};
/** Runs that are compared before anything was tuned and after. */
const compared = 40;
const healed = 0.9;
const harmless = 1.02;

interface Outcome {
  /** Mean makespans of the last runs, as the fleet was set and as it then was, and of the runs in between. */
  readonly before_ms: number;
  readonly after_ms: number;
  readonly changes: readonly TuningChange[];
  readonly values: Values;
  /** What the runs took in all, over what they would have taken untuned. */
  readonly price: number;
}

/** Simulates fleets that tune themselves. @returns whether those that are badly set are healed, and the others left as they are */
export async function tuning(args: string[]): Promise<boolean> {
  const flags = readNumbers("tuning", args, { runs: 250, fleets: 8, first: 1 });
  if (flags === undefined) return true;
  const { runs, fleets, first } = flags;
  console.log(`${fleets} fleets of each kind, ${runs} simulated runs each, seeds ${first} to ${first + fleets - 1}`);
  console.log(`Mean makespan of ${compared} more runs, as the fleet was set and as it then is:\n`);
  console.log(row(["", "before", "after", "after/before", "worst", "kept", "rolled back", "price"]));
  const holds: boolean[] = [];
  for (const [kind, world] of Object.entries(worlds) as [keyof typeof worlds, World][]) {
    const outcomes = Array.from({ length: fleets }, (_, index) => play(world, first + index, runs));
    const ratios = outcomes.map(({ before_ms, after_ms }) => after_ms / before_ms);
    const count = (phase: TuningChange["phase"]) =>
      outcomes.reduce((sum, { changes }) => sum + changes.filter((change) => change.phase === phase).length, 0);
    const worst = Math.max(...ratios);
    const mean = meanOf(ratios);
    console.log(
      row([
        world.name,
        seconds(meanOf(outcomes.map(({ before_ms }) => before_ms))),
        seconds(meanOf(outcomes.map(({ after_ms }) => after_ms))),
        mean.toFixed(3),
        worst.toFixed(3),
        String(count("kept")),
        String(count("rolled-back")),
        meanOf(outcomes.map(({ price }) => price)).toFixed(3),
      ]),
    );
    const told = [...new Set(outcomes.map(({ values }) => difference(world, values)))].sort();
    console.log(`  ${told.join("; ")}`);
    const isWell = kind === "well" || kind === "misleading";
    const accidents = falseKeepChance * (count("kept") + count("rolled-back"));
    if (isWell) holds.push(count("kept") <= accidents + 3 * Math.sqrt(accidents), worst <= harmless);
    else holds.push(mean <= healed, worst <= 1);
  }
  console.log("");
  const badly = holds.slice(0, 6);
  return [
    goal(badly.every(Boolean), `badly set fleets take at most ${healed} of the time, and none of them longer`),
    goal(
      holds.slice(badly.length).every(Boolean),
      `of well set fleets no more is changed than by chance (${falseKeepChance} of the trials), and none takes over ${harmless} of the time`,
    ),
  ].every(Boolean);
}

function valuesFor({ set }: World): Values {
  return { ...usual, ...set };
}

function play(world: World, seed: number, count: number): Outcome {
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
  const last = Array.from({ length: compared }, (_, index) => count + 1 + index);
  const after_ms = meanOf(last.map((number) => playRun(world, tuned, number, values).makespan_ms));
  const before_ms = meanOf(last.map((number) => playRun(world, untuned, number, valuesFor(world)).makespan_ms));
  return { before_ms, after_ms, changes, values, price: tuned_ms / untuned_ms };
}

function difference(world: World, values: Values): string {
  const before = valuesFor(world);
  const names = (Object.keys(values) as (keyof Values)[]).filter((name) => values[name] !== before[name]);
  return names.length === 0 ? "all as it was" : names.map((name) => `${name} ${before[name]} → ${values[name]}`).join(", ");
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function seconds(duration_ms: number): string {
  return `${(duration_ms / 1000).toFixed(1)} s`;
}

function row([name = "", ...cells]: readonly string[]): string {
  return `${name.padEnd(46)}${cells.map((cell) => cell.padStart(13)).join("")}`;
}
