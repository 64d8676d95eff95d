import { mulberry32, normal } from "../random.ts";

/** What a coordinator hears of one worker, and what became of it. */
export interface History {
  readonly kind: string;
  readonly predictor: "memory" | "disk" | "errors" | "speed";
  /** Heartbeats: what is left, in MiB. Attempts: 1 for one that went wrong; or what it took over what it should have. */
  readonly readings: readonly { readonly at_ms: number; readonly value: number }[];
  /** When nothing was left, or it had become unbearable; undefined where that never came about. */
  readonly event_ms: number | undefined;
  /** Of attempts, the share of those elsewhere that went wrong at the same time. */
  readonly elsewhere?: (at_ms: number) => number;
}

const floors = { memory: 128, disk: 256 } as const;
export const beat_ms = 3000;
const length_ms = 90 * 60_000;
const minute_ms = 60_000;

type Draw = (random: () => number) => Pick<History, "readings" | "event_ms" | "elsewhere">;

/** Each kind of history. Of those in which nothing happens there are as many as can be told apart by name, not by a formula. */
export const kinds: readonly { readonly name: string; readonly predictor: History["predictor"]; readonly draw: Draw }[] = [
  // Memory that is lost.
  { name: "a leak", predictor: "memory", draw: (random) => supply(random, "memory", leak(random), load(random, 0.15)) },
  {
    name: "a leak under a garbage collector",
    predictor: "memory",
    draw: (random) => supply(random, "memory", leak(random), teeth(random, 0.1 + 0.2 * random(), [0.3, 3])),
  },
  {
    name: "a leak that grows faster and faster",
    predictor: "memory",
    draw: (random) => supply(random, "memory", accelerating(random), load(random, 0.1)),
  },
  {
    name: "a leak with each test",
    predictor: "memory",
    draw: (random) => supply(random, "memory", steps(random), load(random, 0.1)),
  },
  // Memory that comes back.
  { name: "steady", predictor: "memory", draw: (random) => supply(random, "memory", nothing, load(random, 0.02)) },
  { name: "tests of all sizes", predictor: "memory", draw: (random) => supply(random, "memory", nothing, load(random, 0.85)) },
  {
    name: "a garbage collector, quick",
    predictor: "memory",
    draw: (random) => supply(random, "memory", nothing, teeth(random, 0.2 + 0.55 * random(), [0.3, 3])),
  },
  {
    name: "a garbage collector, slow",
    predictor: "memory",
    draw: (random) => supply(random, "memory", nothing, teeth(random, 0.2 + 0.55 * random(), [4, 25])),
  },
  { name: "warming up", predictor: "memory", draw: (random) => supply(random, "memory", plateau(random), load(random, 0.1)) },
  { name: "a random walk", predictor: "memory", draw: (random) => supply(random, "memory", nothing, walk(random)) },
  { name: "a new service", predictor: "memory", draw: (random) => supply(random, "memory", step(random), load(random, 0.1)) },
  {
    name: "a process that is recycled",
    predictor: "memory",
    draw: (random) => supply(random, "memory", nothing, teeth(random, 0.5 + 0.28 * random(), [10, 40])),
  },
  // Disks that fill.
  {
    name: "artifacts without an end",
    predictor: "disk",
    draw: (random) => supply(random, "disk", leak(random), load(random, 0.02)),
  },
  {
    name: "a checkout with each run",
    predictor: "disk",
    draw: (random) => supply(random, "disk", steps(random), load(random, 0.05)),
  },
  {
    name: "a log that grows faster and faster",
    predictor: "disk",
    draw: (random) => supply(random, "disk", accelerating(random), load(random, 0.02)),
  },
  { name: "a disk at rest", predictor: "disk", draw: (random) => supply(random, "disk", nothing, load(random, 0.01)) },
  {
    name: "artifacts, cleaned up",
    predictor: "disk",
    draw: (random) => supply(random, "disk", nothing, teeth(random, 0.3 + 0.48 * random(), [3, 25])),
  },
  {
    name: "a cache up to its bound",
    predictor: "disk",
    draw: (random) => supply(random, "disk", bounded(random), load(random, 0.02)),
  },
  { name: "one large download", predictor: "disk", draw: (random) => supply(random, "disk", step(random), load(random, 0.02)) },
  { name: "builds that come and go", predictor: "disk", draw: (random) => supply(random, "disk", nothing, load(random, 0.8)) },
  // Errors.
  { name: "a machine that fails more and more", predictor: "errors", draw: (random) => errors(random, failing(random)) },
  { name: "a machine that breaks at once", predictor: "errors", draw: (random) => errors(random, breaking(random)) },
  { name: "hardly an error", predictor: "errors", draw: (random) => errors(random, () => 0.01) },
  {
    name: "errors as elsewhere",
    predictor: "errors",
    draw: (random) =>
      errors(
        random,
        () => 0.12,
        () => 0.12,
      ),
  },
  { name: "a broken commit", predictor: "errors", draw: (random) => burst(random, true) },
  { name: "a burst on this one alone, that passes", predictor: "errors", draw: (random) => burst(random, false) },
  // Speed.
  { name: "a fan that fails", predictor: "speed", draw: (random) => speed(random, slowing(random)) },
  { name: "a disk that dies", predictor: "speed", draw: (random) => speed(random, slowing(random, 3)) },
  { name: "as fast as ever", predictor: "speed", draw: (random) => speed(random, () => 1) },
  { name: "noisy neighbours", predictor: "speed", draw: (random) => speed(random, neighbours(random)) },
  { name: "a slow hour", predictor: "speed", draw: (random) => speed(random, slowHour(random)) },
];

/** One history of each kind. */
export function historiesOf(seed: number): History[] {
  return kinds.map(({ name, predictor, draw }, place) => {
    const random = mulberry32(seed * 1009 + place * 7919);
    return { kind: name, predictor, ...draw(random) };
  });
}

/** What is used of 1, over time, in the long run; and for the moment. */
type Use = (at_ms: number) => number;

function between(random: () => number, from: number, to: number): number {
  return from * (to / from) ** random();
}

function supply(random: () => number, what: "memory" | "disk", lasting: Use, passing: Use): ReturnType<Draw> {
  const size_mib = what === "memory" ? between(random, 2000, 64_000) : between(random, 8000, 500_000);
  const free_mib = size_mib * (0.35 + 0.55 * random());
  const noise_mib = size_mib * between(random, 0.0005, 0.01);
  const readings: { at_ms: number; value: number }[] = [];
  for (let at_ms = 0; at_ms < length_ms; at_ms += beat_ms * (0.95 + 0.1 * random())) {
    const used_mib = free_mib * (lasting(at_ms) + passing(at_ms));
    const value = Math.max(0, Math.floor(free_mib - used_mib + noise_mib * normal(random)));
    // One in a hundred does not come.
    if (random() >= 0.01) readings.push({ at_ms, value });
    if (lasting(at_ms) >= 1 - floors[what] / free_mib || free_mib - used_mib <= floors[what])
      return { readings, event_ms: at_ms };
  }
  return { readings, event_ms: undefined };
}

const nothing: Use = () => 0;

function leak(random: () => number): Use {
  const from_ms = random() * 30 * minute_ms;
  const lasts_ms = between(random, 5, 55) * minute_ms;
  return (at_ms) => Math.max(0, (at_ms - from_ms) / lasts_ms);
}

function accelerating(random: () => number): Use {
  const straight = leak(random);
  const power = 1.5 + random();
  return (at_ms) => straight(at_ms) ** power;
}

/** A piece at a time. */
function steps(random: () => number): Use {
  const straight = leak(random);
  const pieces = Math.round(between(random, 12, 80));
  return (at_ms) => Math.floor(straight(at_ms) * pieces) / pieces;
}

/** Grows ever less, to a bound that it never goes beyond. */
function plateau(random: () => number): Use {
  const from_ms = random() * 20 * minute_ms;
  const most = 0.3 + 0.6 * random();
  const pace_ms = between(random, 2, 15) * minute_ms;
  return (at_ms) => most * (1 - Math.exp(-Math.max(0, at_ms - from_ms) / pace_ms));
}

/** Grows evenly to a bound, and there it stays: nothing tells beforehand. */
function bounded(random: () => number): Use {
  const from_ms = random() * 20 * minute_ms;
  const most = 0.2 + 0.73 * random();
  const lasts_ms = between(random, 5, 40) * minute_ms;
  return (at_ms) => most * Math.min(1, Math.max(0, (at_ms - from_ms) / lasts_ms));
}

function step(random: () => number): Use {
  const at = random() * length_ms;
  const takes_ms = between(random, 0.2, 5) * minute_ms;
  const size = 0.2 + 0.65 * random();
  return (at_ms) => size * Math.min(1, Math.max(0, (at_ms - at) / takes_ms));
}

/** Grows and is freed, again and again; never twice quite the same. */
function teeth(random: () => number, height: number, [from, to]: readonly [number, number]): Use {
  const period_ms = between(random, from, to) * minute_ms;
  const heights = Array.from({ length: Math.ceil(length_ms / period_ms) + 2 }, () => height * (0.8 + 0.4 * random()));
  const phase = random();
  return (at_ms) => {
    const teeth = at_ms / period_ms + phase;
    return (heights[Math.floor(teeth)] ?? height) * (teeth % 1);
  };
}

/** Tests that need more or less of it while they run, as they come and go. */
function load(random: () => number, most: number): Use {
  const uses: { readonly until_ms: number; readonly used: number }[] = [];
  for (let at_ms = 0; at_ms < length_ms;) {
    at_ms += between(random, 4, 300) * 1000;
    uses.push({ until_ms: at_ms, used: random() < 0.2 ? 0 : most * random() });
  }
  let place = 0;
  return (at_ms) => {
    while ((uses[place]?.until_ms ?? Number.POSITIVE_INFINITY) < at_ms) place += 1;
    return uses[place]?.used ?? 0;
  };
}

/** Wanders about, and back. */
function walk(random: () => number): Use {
  const values: number[] = [0];
  for (let at = 0; at < length_ms / beat_ms + 10; at += 1) values.push((values.at(-1) ?? 0) * 0.997 + 0.02 * normal(random));
  return (at_ms) => values[Math.floor(at_ms / beat_ms)] ?? 0;
}

/** Attempts, one after the other, of about half a minute each. */
function errors(
  random: () => number,
  rate: (at_ms: number) => number,
  elsewhere: (at_ms: number) => number = () => 0.02,
): ReturnType<Draw> {
  const readings: { at_ms: number; value: number }[] = [];
  for (let at_ms = 0; at_ms < length_ms; at_ms += between(random, 5, 90) * 1000) {
    if (rate(at_ms) >= 0.5 && elsewhere(at_ms) < 0.5) return { readings, event_ms: at_ms, elsewhere };
    readings.push({ at_ms, value: random() < rate(at_ms) ? 1 : 0 });
  }
  return { readings, event_ms: undefined, elsewhere };
}

function failing(random: () => number): (at_ms: number) => number {
  const from_ms = random() * 30 * minute_ms;
  const lasts_ms = between(random, 5, 50) * minute_ms;
  return (at_ms) => Math.min(0.9, 0.01 + 0.49 * Math.max(0, (at_ms - from_ms) / lasts_ms));
}

function breaking(random: () => number): (at_ms: number) => number {
  const from_ms = (5 + 60 * random()) * minute_ms;
  return (at_ms) => (at_ms < from_ms ? 0.01 : 0.9);
}

function burst(random: () => number, isEverywhere: boolean): ReturnType<Draw> {
  const from_ms = random() * 60 * minute_ms;
  const until_ms = from_ms + between(random, 1, 10) * minute_ms;
  const isIn = (at_ms: number) => at_ms >= from_ms && at_ms < until_ms;
  const often = isEverywhere ? 0.7 : 0.4;
  return errors(
    random,
    (at_ms) => (isIn(at_ms) ? often : 0.01),
    (at_ms) => (isIn(at_ms) && isEverywhere ? often : 0.02),
  );
}

function speed(random: () => number, factor: (at_ms: number) => number): ReturnType<Draw> {
  const spread = between(random, 0.1, 0.4);
  const readings: { at_ms: number; value: number }[] = [];
  for (let at_ms = 0; at_ms < length_ms; at_ms += between(random, 5, 90) * 1000 * factor(at_ms)) {
    if (factor(at_ms) >= 4) return { readings, event_ms: at_ms };
    readings.push({ at_ms, value: factor(at_ms) * Math.exp(spread * normal(random)) });
  }
  return { readings, event_ms: undefined };
}

function slowing(random: () => number, power = 1): (at_ms: number) => number {
  const from_ms = random() * 30 * minute_ms;
  const lasts_ms = between(random, 8, 55) * minute_ms;
  return (at_ms) => 1 + 3 * Math.max(0, (at_ms - from_ms) / lasts_ms) ** power;
}

function neighbours(random: () => number): (at_ms: number) => number {
  const spells: { until_ms: number; factor: number }[] = [];
  for (let at_ms = 0; at_ms < 2 * length_ms;) {
    at_ms += between(random, 1, 12) * minute_ms;
    spells.push({ until_ms: at_ms, factor: random() < 0.6 ? 1 : between(random, 1.2, 3) });
  }
  return (at_ms) => spells.find(({ until_ms }) => until_ms > at_ms)?.factor ?? 1;
}

function slowHour(random: () => number): (at_ms: number) => number {
  const from_ms = random() * 60 * minute_ms;
  const until_ms = from_ms + between(random, 10, 60) * minute_ms;
  const factor = between(random, 1.3, 2.5);
  return (at_ms) => (at_ms >= from_ms && at_ms < until_ms ? factor : 1);
}
