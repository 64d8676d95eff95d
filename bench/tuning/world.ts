import { type TuningParameter, recentLimit } from "@shardwright/core";
import type { Scenario, Stall } from "../dealing/scenario.ts";
import { mulberry32, normal } from "../random.ts";

/** A fleet and the suite that it runs again and again, of which no two runs are alike. */
export interface World {
  readonly name: string;
  readonly machines: number;
  /** Slots of each machine, and how many tests at a time its memory bears. */
  readonly slots: number;
  readonly fit: number;
  readonly files: number;
  readonly mean_ms: number;
  readonly roundTrip_ms: number;
  readonly startUp_ms: number;
  /** Each machine cannot be heard once in so long, for a time between these. */
  readonly stalls?: { readonly every_ms: number; readonly least_ms: number; readonly most_ms: number };
  /** Nothing is to be gained by other values. */
  readonly isWell?: boolean;
  /** In the units of the parameters, where it is not started with the usual ones. */
  readonly set?: Partial<Record<TuningParameter, number>>;
}

export type Values = Readonly<Record<TuningParameter, number>>;

const sigma = 0.8;
const noise_sigma = 0.2;
const longestRun_ms = 3_600_000;

/** Plays a world's runs, each drawn from the world's seed and its number: the same for all values that it is played with. */
export class Runs {
  readonly #world: World;
  readonly #seed: number;
  readonly #usual_ms: readonly number[];
  /** Of each file, as a coordinator remembers them. */
  readonly #history = new Map<string, Map<string, number[]>>();

  constructor(world: World, seed: number) {
    this.#world = world;
    this.#seed = seed;
    const random = mulberry32(seed);
    const drawn = Array.from({ length: world.files }, () => Math.exp(sigma * normal(random) - sigma ** 2 / 2));
    this.#usual_ms = drawn.map((value) => Math.max(10, value * world.mean_ms));
  }

  /** The run of this number under these values: part of the suite, on a day of its own. */
  draw(number: number, values: Values): Scenario {
    const { machines, fit, roundTrip_ms, startUp_ms, stalls } = this.#world;
    const random = mulberry32(this.#seed * 100_003 + number);
    const share = 0.3 + 0.7 * random();
    const day = Math.exp(0.1 * normal(random));
    const chosen = this.#usual_ms.flatMap((usual_ms, file) =>
      random() < share ? [{ file, work_ms: usual_ms * day * Math.exp(noise_sigma * normal(random)) }] : [],
    );
    const slots = this.slotsAt(values);
    // Beyond what its memory bears a machine swaps: all of its tests together are slower than fewer would be.
    const speed = slots > fit ? (fit / slots) ** 2 : 1;
    const workers = machines * slots;
    return {
      seed: number,
      pool: {
        tasks: chosen.map(({ file, work_ms }) => ({ key: `file-${file}`, suite: "suite", bytes: Math.round(work_ms) })),
        workers: Array.from({ length: workers }, () => ({ hardware_class: "class", recent: [] })),
        history: this.#history,
      },
      works_ms: chosen.map(({ work_ms }) => work_ms),
      speeds: Array.from({ length: workers }, () => speed),
      startUps_ms: new Map([["suite", startUp_ms]]),
      roundTrip_ms,
      leaseTtl_ms: values["lease-time"] * 1000,
      loss: undefined,
      stalls: stalls === undefined ? [] : drawStalls(stalls, workers, random),
    };
  }

  slotsAt(values: Values): number {
    return Math.max(1, Math.round(this.#world.slots * values.concurrency));
  }

  remember(key: string, duration_ms: number): void {
    const known = this.#history.get(key)?.get("class") ?? [];
    this.#history.set(key, new Map([["class", [...known, duration_ms].slice(-recentLimit)]]));
  }

  usually_ms(key: string): readonly number[] {
    return this.#history.get(key)?.get("class") ?? [];
  }
}

function drawStalls(
  { every_ms, least_ms, most_ms }: NonNullable<World["stalls"]>,
  workers: number,
  random: () => number,
): Stall[] {
  return Array.from({ length: workers }, (_, worker) => worker).flatMap((worker) => {
    const stalls: Stall[] = [];
    const next = () => -Math.log(1 - random()) * every_ms;
    for (let at_ms = next(); at_ms < longestRun_ms && stalls.length < 200; at_ms += next()) {
      const length_ms = least_ms + random() * (most_ms - least_ms);
      stalls.push({ worker, at_ms, length_ms });
      at_ms += length_ms + 1000;
    }
    return stalls;
  });
}

const well = { machines: 4, slots: 2, fit: 8, files: 200, mean_ms: 800, roundTrip_ms: 4, startUp_ms: 500 };

/** Fleets that are badly set in one way each, and two that are not. */
export const worlds = {
  batches: {
    ...well,
    name: "batches too short for the distance",
    mean_ms: 120,
    files: 400,
    roundTrip_ms: 400,
    set: { "batch-length": 0.25 },
  },
  memory: { ...well, name: "more slots than the memory bears", slots: 8, fit: 4, mean_ms: 3000 },
  leases: {
    ...well,
    name: "leases too short for the network",
    slots: 1,
    machines: 8,
    mean_ms: 6000,
    stalls: { every_ms: 60_000, least_ms: 5000, most_ms: 28_000 },
  },
  well: { ...well, name: "well set", isWell: true },
  misleading: {
    ...well,
    isWell: true,
    name: "well set, where starts look like handing out",
    files: 120,
    mean_ms: 200,
    startUp_ms: 1500,
  },
} as const satisfies Record<string, World>;
