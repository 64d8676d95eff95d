import type { DurationHistory } from "@shardwright/core";
import { skewedDurations } from "../durations.ts";
import { mulberry32, normal } from "../random.ts";

/** What a policy may know of a task before it runs. */
interface PlannedTask {
  readonly key: string;
  readonly suite: string;
  /** Size of its file. */
  readonly bytes: number;
}

interface PooledWorker {
  /** Name of the group of machines its durations are kept under. */
  readonly hardware_class: string;
  /** What it ran before, oldest first: nothing for a worker that has only just come. */
  readonly recent: readonly { readonly task: number; readonly duration_ms: number }[];
}

/** All that a policy may know before the run. */
export interface Pool {
  readonly tasks: readonly PlannedTask[];
  readonly workers: readonly PooledWorker[];
  readonly history: DurationHistory;
}

/** One simulated run: the pool, and the truth that no policy sees. */
export interface Scenario {
  readonly seed: number;
  readonly pool: Pool;
  /** What each task takes in this run on a worker of speed 1. */
  readonly works_ms: readonly number[];
  /** Of each worker: 2 takes half as long as 1. */
  readonly speeds: readonly number[];
  /** What a worker of speed 1 takes to start each suite's framework. */
  readonly startUps_ms: ReadonlyMap<string, number>;
  /** From a worker's request to the answer. */
  readonly roundTrip_ms: number;
  /** How long a lost worker's lease stands. */
  readonly leaseTtl_ms: number;
  readonly loss: { readonly worker: number; readonly at_ms: number } | undefined;
  /** When workers cannot be heard for a while; they work on meanwhile. Those of one worker do not overlap. None when absent. */
  readonly stalls?: readonly Stall[];
}

export interface Stall {
  readonly worker: number;
  readonly at_ms: number;
  readonly length_ms: number;
}

const classCount = 3;
const noise_sigma = 0.2;
const unknownShare = 0.1;
/** The production default. */
const leaseTtl_ms = 15_000;
const heavyMeans = 15;

/**
 * What there is to tell fast workers from slow ones: `classes` roughly by their hardware, all of them new; `fleet` all of one class, but
 * known from earlier runs; `blind` all of one class and all of them new.
 */
export const poolKinds = ["classes", "fleet", "blind"] as const;
export type PoolKind = (typeof poolKinds)[number];

/** Draws a run from its seed. The ranges stand in docs/dealing.md. */
export function drawScenario(seed: number, kind: PoolKind = seed % 2 === 0 ? "classes" : "fleet"): Scenario {
  const random = mulberry32(seed);
  const between = (low: number, high: number) => low + (high - low) * random();
  const whole = (low: number, high: number) => Math.floor(between(low, high + 1));
  const noise = () => Math.exp(noise_sigma * normal(random));

  const speeds = Array.from({ length: whole(4, 32) }, () => between(1, 4));
  const classes = speeds.map((speed) => (kind === "classes" ? classOf(speed + between(-0.5, 0.5)) : "class-1"));
  const recent = speeds.map((): { task: number; duration_ms: number }[] => []);
  const suites = Array.from({ length: whole(1, 3) }, (_, index) => `suite-${index}`);
  const startUps_ms = new Map(suites.map((suite) => [suite, between(200, 1500)]));

  const mean_ms = between(2000, 12_000);
  const count = Math.round(speeds.length * between(10, 50));
  const usual_ms = skewedDurations({ count, mean_ms, heavy_ms: heavyMeans * mean_ms, random });
  const tasks = usual_ms.map((usual, index) => ({
    key: `file-${index}`,
    suite: suites[Math.floor(random() * suites.length)] ?? "",
    // A larger file is often, not always, a longer one.
    bytes: Math.round(usual * Math.exp(0.8 * normal(random))),
  }));
  const works_ms = usual_ms.map((usual) => usual * noise());

  const history = new Map<string, Map<string, number[]>>();
  const pick = picker(speeds, random);
  usual_ms.forEach((usual, task) => {
    if (random() < unknownShare) return;
    const known = new Map<string, number[]>();
    for (let run = whole(1, 10); run > 0; run -= 1) {
      const worker = pick();
      const name = classes[worker] ?? "";
      const duration_ms = (usual * noise()) / (speeds[worker] ?? 1);
      known.set(name, [...(known.get(name) ?? []), duration_ms]);
      recent[worker]?.push({ task, duration_ms });
    }
    history.set(`file-${task}`, known);
  });
  const workers = classes.map((hardware_class, worker) => ({
    hardware_class,
    recent: kind === "fleet" ? (recent[worker] ?? []) : [],
  }));

  const roundTrip_ms = between(2, 50);
  const total_ms = works_ms.reduce((sum, work) => sum + work, 0);
  const speed = speeds.reduce((sum, value) => sum + value, 0);
  const loss = seed % 3 === 0 ? { worker: whole(0, speeds.length - 1), at_ms: (random() * total_ms) / speed } : undefined;
  return { seed, pool: { tasks, workers, history }, works_ms, speeds, startUps_ms, roundTrip_ms, leaseTtl_ms, loss };
}

function classOf(speed: number): string {
  return `class-${Math.min(classCount, Math.max(1, Math.floor(speed)))}`;
}

/** Draws workers, the faster ones more often: they run more of every suite. */
function picker(speeds: readonly number[], random: () => number): () => number {
  const total = speeds.reduce((sum, speed) => sum + speed, 0);
  return () => {
    let left = random() * total;
    return Math.max(
      0,
      speeds.findIndex((speed) => (left -= speed) < 0),
    );
  };
}
