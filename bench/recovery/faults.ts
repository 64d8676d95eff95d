import { mulberry32 } from "../random.ts";
import { lowerBound_ms } from "./bound.ts";
import { type Absence, type File, type Machine, type Sickness, type World, drawWorld } from "./world.ts";

/** Something that goes wrong, and the world in which it does. */
export interface Fault {
  readonly name: string;
  /** Worlds of one seed differ in this alone. */
  readonly strike: (world: World, draw: Draw) => World;
}

/** Chance, for what a fault strikes and when. */
interface Draw {
  readonly random: () => number;
  readonly between: (low: number, high: number) => number;
  readonly whole: (low: number, high: number) => number;
  /** A moment within the run, were nothing wrong. */
  readonly moment: () => number;
}

export const faults: readonly Fault[] = [
  { name: "nothing", strike: (world) => world },
  { name: "worker killed", strike: (world, draw) => withAbsence(world, draw, "killed") },
  { name: "machine lost", strike: (world, draw) => withAbsence(world, draw, "silent") },
  {
    name: "flapping worker",
    strike(world, { between, whole }) {
      const absences: Absence[] = [];
      for (let at_ms = between(1000, 30_000); absences.length < 200;) {
        const until_ms = at_ms + between(1000, 10_000);
        absences.push({ from_ms: at_ms, until_ms, how: "killed" });
        at_ms = until_ms + between(3000, 60_000);
      }
      return withMachine(world, whole(0, world.machines.length - 1), { absences });
    },
  },
  { name: "disk full on one worker", strike: (world, draw) => withSickness(world, draw, "disk") },
  { name: "broken device on one worker", strike: (world, draw) => withSickness(world, draw, "device") },
  { name: "test processes crash on one worker", strike: (world, draw) => withSickness(world, draw, "crash") },
  {
    name: "worker ten times slower",
    strike: (world, draw) => {
      const index = draw.whole(0, world.machines.length - 1);
      return withMachine(world, index, { slower: { from_ms: draw.random() < 0.5 ? 0 : draw.moment(), factor: 10 } });
    },
  },
  {
    name: "file that kills its workers",
    strike: (world, draw) => withFiles(world, [draw.whole(0, world.files.length - 1)], { truth: "kills" }),
  },
  {
    name: "flaky files",
    strike(world, draw) {
      const flakiness = draw.between(0.05, 0.3);
      const count = Math.ceil(world.files.length * draw.between(0.02, 0.1));
      const chosen = Array.from({ length: count }, () => draw.whole(0, world.files.length - 1));
      const passing = chosen.filter((index) => world.files[index]?.truth === "passes");
      return withFiles(world, passing, { truth: "flaky", flakiness });
    },
  },
  {
    name: "failing files",
    strike(world, draw) {
      const count = Math.ceil(world.files.length * draw.between(0.02, 0.3));
      return withFiles(
        world,
        Array.from({ length: count }, () => draw.whole(0, world.files.length - 1)),
        { truth: "fails" },
      );
    },
  },
  {
    name: "a service away for a while",
    strike(world, { random, between, moment }) {
      const from_ms = moment();
      const share = between(0.5, 1);
      const struck = new Set([...world.files.keys()].filter(() => random() < share));
      const message = random() < 0.5 ? "connect ECONNREFUSED 10.0.0.7:5432" : "the price list answered 500";
      return { ...world, outage: { from_ms, until_ms: from_ms + between(5000, 60_000), struck, message } };
    },
  },
];

/** The world of a seed, in which a fault strikes. */
export function struckWorld(fault: Fault, seed: number): World {
  const world = drawWorld(seed);
  const random = mulberry32(seed * 7919 + faults.indexOf(fault) + 1);
  const between = (low: number, high: number) => low + (high - low) * random();
  const whole_ms = lowerBound_ms(world);
  return fault.strike(world, {
    random,
    between,
    whole: (low, high) => Math.floor(between(low, high + 1)),
    moment: () => random() * whole_ms,
  });
}

function withAbsence(world: World, { whole, moment }: Draw, how: Absence["how"]): World {
  const absence = { from_ms: moment(), until_ms: Number.POSITIVE_INFINITY, how };
  return withMachine(world, whole(0, world.machines.length - 1), { absences: [absence] });
}

function withSickness(world: World, { random, whole, moment }: Draw, how: Sickness["how"]): World {
  const sick = { from_ms: random() < 0.5 ? 0 : moment(), how };
  return withMachine(world, whole(0, world.machines.length - 1), { sick });
}

function withMachine(world: World, index: number, change: Partial<Machine>): World {
  return { ...world, machines: world.machines.map((machine, at) => (at === index ? { ...machine, ...change } : machine)) };
}

function withFiles(world: World, indexes: readonly number[], change: Partial<File>): World {
  const chosen = new Set(indexes);
  return { ...world, files: world.files.map((file, index) => (chosen.has(index) ? { ...file, ...change } : file)) };
}
