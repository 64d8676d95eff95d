import type { DurationHistory } from "@shardwright/core";
import { skewedDurations } from "../durations.ts";
import { mulberry32, normal } from "../random.ts";

/** What a file is, whatever any run makes of it; `kills` takes the process of its worker down. */
type Truth = "passes" | "flaky" | "fails" | "kills";

export interface File {
  readonly key: string;
  readonly suite: string;
  readonly bytes: number;
  /** What it takes on a machine of speed 1. */
  readonly work_ms: number;
  readonly truth: Truth;
  /** How often it fails by itself, from 0 to 1. */
  readonly flakiness: number;
}

/** From when on, and how, every test that runs on a machine goes wrong. */
export interface Sickness {
  readonly from_ms: number;
  /** The disk says that it is full; a device fails in words that say nothing of the machine; the test's process dies. */
  readonly how: "disk" | "device" | "crash";
}

/** While a machine is away: its processes were killed, which the network tells at once, or it fell silent. */
export interface Absence {
  readonly from_ms: number;
  /** Infinity for one that does not come back. */
  readonly until_ms: number;
  readonly how: "killed" | "silent";
}

export interface Machine {
  readonly cpus: number;
  /** 2 takes half as long as 1. */
  readonly speed: number;
  readonly slower: { readonly from_ms: number; readonly factor: number } | undefined;
  readonly sick: Sickness | undefined;
  readonly absences: readonly Absence[];
  /** How long a worker that a test killed takes to be started again. */
  readonly restart_ms: number;
}

/** A service that tests need is not there for a while; what runs meanwhile fails soon. */
interface Outage {
  readonly from_ms: number;
  readonly until_ms: number;
  /** Files that need it. */
  readonly struck: ReadonlySet<number>;
  readonly message: string;
}

/** One simulated run: what is known of it beforehand, and the truth that no policy sees. */
export interface World {
  readonly seed: number;
  readonly files: readonly File[];
  readonly machines: readonly Machine[];
  readonly history: DurationHistory;
  /** What a machine of speed 1 takes to start each suite's framework. */
  readonly startUps_ms: ReadonlyMap<string, number>;
  readonly roundTrip_ms: number;
  readonly outage: Outage | undefined;
}

const machineCount = 4;
const heavyMeans = 15;
const noise_sigma = 0.2;
const unknownShare = 0.1;

/** A world in which nothing goes wrong. Odd seeds have a history; every third has some files that fail. */
export function drawWorld(seed: number): World {
  const random = mulberry32(seed);
  const between = (low: number, high: number) => low + (high - low) * random();
  const whole = (low: number, high: number) => Math.floor(between(low, high + 1));
  const noise = () => Math.exp(noise_sigma * normal(random));

  const machines = Array.from({ length: machineCount }, (): Machine => {
    const speed = between(1, 4);
    // The class tells the speed roughly.
    const cpus = Math.min(3, Math.max(1, Math.floor(speed + between(-0.5, 0.5))));
    return { cpus, speed, slower: undefined, sick: undefined, absences: [], restart_ms: between(5000, 15_000) };
  });
  const suites = Array.from({ length: whole(1, 3) }, (_, index) => `suite-${index}`);
  const startUps_ms = new Map(suites.map((suite) => [suite, between(200, 1500)]));
  const count = whole(100, 400);
  const mean_ms = between(2000, 12_000);
  const usual_ms = skewedDurations({ count, mean_ms, heavy_ms: heavyMeans * mean_ms, random });
  const failing = new Set(seed % 3 === 0 ? Array.from({ length: whole(1, 3) }, () => whole(0, count - 1)) : []);
  const files = usual_ms.map((usual, index): File => {
    const suite = suites[Math.floor(random() * suites.length)] ?? "";
    // A larger file is often, not always, a longer one.
    const bytes = Math.round(usual * Math.exp(0.8 * normal(random)));
    const truth = failing.has(index) ? "fails" : "passes";
    return { key: `${suite}:file-${index}`, suite, bytes, work_ms: usual * noise(), truth, flakiness: 0 };
  });

  const history = new Map<string, Map<string, number[]>>();
  if (seed % 2 === 1)
    usual_ms.forEach((usual, index) => {
      if (random() < unknownShare) return;
      const known = new Map<string, number[]>();
      for (let run = whole(1, 10); run > 0; run -= 1) {
        const { cpus, speed } = machines[whole(0, machineCount - 1)] as Machine;
        const name = classOf(cpus);
        known.set(name, [...(known.get(name) ?? []), (usual * noise()) / speed]);
      }
      history.set(files[index]?.key ?? "", known);
    });
  return { seed, files, machines, history, startUps_ms, roundTrip_ms: between(2, 50), outage: undefined };
}

/** The class of hardware that a machine says it is. */
function classOf(cpus: number): string {
  return `linux-x64-${cpus}cpu`;
}
