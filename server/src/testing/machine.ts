import type { Lease } from "@shardwright/core";
import { type FakeWorker, type World, submissionOf } from "./world.ts";

/** A worker's machine, in the world's time: how fast tests are on it, and how far away it is. */
export interface Machine {
  readonly slots: number;
  /** From a request to its answer. */
  readonly roundTrip_ms: number;
  /** What a test takes that runs alone. */
  readonly work_ms: number;
  /** How fast each of so many tests is that run at the same time; 1 is as fast as alone. */
  readonly speed?: (running: number) => number;
  /** What is left of its memory then. */
  readonly memory_mib?: (running: number) => number;
}

interface Slot {
  readonly lease: Lease;
  /** Tasks of the lease that have not ended, the first of which runs. */
  tasks: number[];
  left_ms: number;
  took_ms: number;
  /** Until its request, or its result, has arrived. */
  travels_ms: number;
}

const beat_ms = 1000;

/** Plays a run to its end on one machine. @returns what it took in the world's time, in milliseconds */
export async function playOn(world: World, worker: FakeWorker, machine: Machine, key: string, files: number): Promise<number> {
  const { slots, roundTrip_ms, work_ms, speed = () => 1, memory_mib = () => 8000 } = machine;
  const names = Array.from({ length: files }, (_, index) => `t${index}.test.js`);
  const { run } = await world.scheduler.submit(submissionOf(names, { run_key: key, options: { speculation: false } }));
  const began_ms = world.clock.now_ms();
  let beaten_ms = began_ms;
  let busy: Slot[] = [];
  for (let turn = 0; world.report(run).run?.status !== "ended"; turn += 1) {
    if (turn > 100 * files) throw new Error(`the run ${key} does not end`);
    const leases = busy.length < slots ? await worker.lease(slots - busy.length) : [];
    for (const lease of leases)
      busy.push({ lease, tasks: lease.tasks.map(({ task }) => task), left_ms: work_ms, took_ms: 0, travels_ms: roundTrip_ms });
    if (busy.length === 0) continue;
    const running = busy.filter(({ travels_ms }) => travels_ms <= 0).length;
    const pace = speed(running);
    const untilBeat_ms = Math.max(1, beaten_ms + beat_ms - world.clock.now_ms());
    const step_ms = Math.min(
      untilBeat_ms,
      ...busy.map(({ travels_ms, left_ms }) => (travels_ms > 0 ? travels_ms : left_ms / pace)),
    );
    world.clock.advance(step_ms);
    if (world.clock.now_ms() - beaten_ms >= beat_ms) {
      beaten_ms = world.clock.now_ms();
      const room = { memory_mib: memory_mib(running), disk_mib: 90_000 };
      await world.scheduler.heartbeat(worker.id, { fences: busy.map(({ lease }) => lease.fence), draining: false, room });
    }
    for (const slot of busy) {
      if (slot.travels_ms > 0) {
        slot.travels_ms -= step_ms;
        continue;
      }
      slot.left_ms -= step_ms * pace;
      slot.took_ms += step_ms;
      const [task] = slot.tasks;
      if (slot.left_ms > 1e-6 || task === undefined) continue;
      const attempt = slot.lease.tasks.find((one) => one.task === task)?.attempt ?? 1;
      const base = { run, fence: slot.lease.fence, task, attempt };
      await worker.send(
        { type: "started", ...base },
        { type: "finished", ...base, outcome: "passed", duration_ms: slot.took_ms, cases: 0 },
      );
      Object.assign(slot, { tasks: slot.tasks.slice(1), left_ms: work_ms, took_ms: 0 });
    }
    busy = busy.filter(({ tasks }) => tasks.length > 0);
  }
  return world.clock.now_ms() - began_ms;
}
