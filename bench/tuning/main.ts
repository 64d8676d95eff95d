import { type TuningChange, falseKeepChance } from "@shardwright/core";
import { goal, readNumbers } from "../options.ts";
import { compared, meanOf, playFleet, valuesFor } from "./fleet.ts";
import { type Values, type World, worlds } from "./world.ts";

/** How long badly set fleets may take at the end, and well set ones, over what they took before. */
const healed = 0.9;
const harmless = 1.02;

/** Simulates fleets that tune themselves. @returns whether those that are badly set are healed, and the others left as they are */
export async function tuning(args: string[]): Promise<boolean> {
  const flags = readNumbers("tuning", args, { runs: 250, fleets: 8, first: 1 });
  if (flags === undefined) return true;
  const { runs, fleets, first } = flags;
  const seeds = Array.from({ length: fleets }, (_, index) => first + index);
  console.log(`${fleets} fleets of each kind, ${runs} simulated runs each, seeds ${first} to ${seeds.at(-1)}`);
  console.log(`Mean makespan of ${compared} more runs, as the fleet was set and as it then is:\n`);
  console.log(row(["", "before", "after", "after/before", "worst", "kept", "rolled back", "price"]));
  const figures = Object.values<World>(worlds).map((world) => measure(world, seeds, runs));
  console.log("");
  const badly = figures.filter(({ isWell }) => !isWell);
  const well = figures.filter(({ isWell }) => isWell);
  const trials = well.reduce((sum, one) => sum + one.kept + one.rolledBack, 0);
  const kept = well.reduce((sum, one) => sum + one.kept, 0);
  const accidents = falseKeepChance * trials;
  return [
    goal(
      badly.every(({ mean, worst }) => mean <= healed && worst <= 1),
      `badly set fleets take at most ${healed} of the time in the mean, and none of them longer`,
    ),
    goal(
      kept <= accidents + 3 * Math.sqrt(accidents),
      `of ${trials} trials in well set fleets ${kept} were kept: no more than ${falseKeepChance} of them but by chance`,
    ),
    goal(
      well.every(({ worst }) => worst <= harmless),
      `no well set fleet takes more than ${harmless} of the time`,
    ),
  ].every(Boolean);
}

function measure(world: World, seeds: readonly number[], runs: number) {
  const outcomes = seeds.map((seed) => playFleet(world, seed, runs));
  const ratios = outcomes.map(({ before_ms, after_ms }) => after_ms / before_ms);
  const count = (phase: TuningChange["phase"]) =>
    outcomes.reduce((sum, { changes }) => sum + changes.filter((change) => change.phase === phase).length, 0);
  const figures = {
    isWell: world.isWell === true,
    mean: meanOf(ratios),
    worst: Math.max(...ratios),
    kept: count("kept"),
    rolledBack: count("rolled-back"),
  };
  console.log(
    row([
      world.name,
      seconds(meanOf(outcomes.map(({ before_ms }) => before_ms))),
      seconds(meanOf(outcomes.map(({ after_ms }) => after_ms))),
      figures.mean.toFixed(3),
      figures.worst.toFixed(3),
      String(figures.kept),
      String(figures.rolledBack),
      meanOf(outcomes.map(({ price }) => price)).toFixed(3),
    ]),
  );
  const ends = new Map<string, number>();
  for (const { values } of outcomes) {
    const end = difference(world, values);
    ends.set(end, (ends.get(end) ?? 0) + 1);
  }
  for (const [end, times] of [...ends].sort(([one], [other]) => (one < other ? -1 : 1))) console.log(`  ${times} × ${end}`);
  return figures;
}

function difference(world: World, values: Values): string {
  const before = valuesFor(world);
  const names = (Object.keys(values) as (keyof Values)[]).filter((name) => values[name] !== before[name]);
  return names.length === 0 ? "as it was" : names.map((name) => `${name} ${before[name]} → ${values[name]}`).join(", ");
}

function seconds(duration_ms: number): string {
  return `${(duration_ms / 1000).toFixed(1)} s`;
}

function row([name = "", ...cells]: readonly string[]): string {
  return `${name.padEnd(46)}${cells.map((cell) => cell.padStart(13)).join("")}`;
}
