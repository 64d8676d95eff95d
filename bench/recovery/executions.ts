import type { FailureKind } from "@shardwright/core";
import { mulberry32 } from "../random.ts";
import { stretchesOf } from "./bound.ts";
import type { File, Machine, World } from "./world.ts";

/** How an attempt goes on a machine, from the moment its test begins. */
export interface Execution {
  readonly ends_ms: number;
  readonly outcome: "passed" | "failed" | "errored" | "kills the worker";
  readonly failure?: { readonly kind: FailureKind; readonly message: string; readonly signal?: string };
}

const sicknesses = {
  disk: { kind: "assertion", message: "ENOSPC: no space left on device, write" },
  device: { kind: "assertion", message: "CUDA error 719: unspecified launch failure" },
  crash: { kind: "crash", message: "the test process was ended by SIGSEGV", signal: "SIGSEGV" },
} as const;

/** What happens when a file is run, the nth time in its run: the same whatever policy has it run. */
export function execute(world: World, machine: Machine, task: number, nth: number, begins_ms: number): Execution {
  const file = world.files[task] as File;
  const random = mulberry32(world.seed * 1_000_003 + task * 64 + nth);
  const [share, coin, soon] = [random(), random(), random()];
  const whole_ms = endOf(machine, begins_ms, file.work_ms);
  const at = (part: number) => begins_ms + part * (whole_ms - begins_ms);
  const { sick } = machine;
  if (file.truth === "kills") return { ends_ms: at(0.1 + 0.8 * share), outcome: "kills the worker" };
  // Whatever is broken is used soon.
  if (sick !== undefined && whole_ms > sick.from_ms) {
    const ends_ms = Math.min(whole_ms, Math.max(begins_ms, sick.from_ms) + 100 + 0.3 * soon * (whole_ms - begins_ms));
    return { ends_ms, outcome: sick.how === "crash" ? "errored" : "failed", failure: sicknesses[sick.how] };
  }
  const { outage } = world;
  if (outage?.struck.has(task) === true && begins_ms < outage.until_ms && whole_ms > outage.from_ms) {
    const ends_ms = Math.min(whole_ms, Math.max(begins_ms, outage.from_ms) + 100 + 1000 * soon);
    return { ends_ms, outcome: "failed", failure: { kind: "assertion", message: outage.message } };
  }
  if (file.truth === "flaky" && coin < file.flakiness)
    return { ends_ms: at(share), outcome: "failed", failure: { kind: "assertion", message: `${file.key} lost its race` } };
  if (file.truth === "fails")
    return { ends_ms: at(share), outcome: "failed", failure: { kind: "assertion", message: `${file.key} is wrong` } };
  return { ends_ms: whole_ms, outcome: "passed" };
}

/** When a machine that stays has done so much, at the speeds that it has. */
function endOf(machine: Machine, begins_ms: number, work_ms: number): number {
  let left = work_ms;
  for (const { from_ms, until_ms, rate } of stretchesOf({ ...machine, sick: undefined, absences: [] })) {
    if (until_ms <= begins_ms) continue;
    const since_ms = Math.max(from_ms, begins_ms);
    const doable = rate * (until_ms - since_ms);
    if (left <= doable) return since_ms + left / rate;
    left -= doable;
  }
  return Number.POSITIVE_INFINITY;
}
