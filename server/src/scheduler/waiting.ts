import type { RunState, SingleTask } from "./run-state.ts";
import { type SchedulerState, later } from "./state.ts";

/** Beyond every wait that is ever decided on: a clock that was set back must not hold a task up. */
const longestWait_ms = 60_000;

/**
 * Lets a pending task wait for a worker: among the others, or by itself for what was decided to recover it. How long that is to wait is
 * told by the wall clock, which goes on from an earlier leader's.
 */
export function putBack(state: SchedulerState, run: RunState, index: number): void {
  const { clock, options } = state;
  const task = run.task(index);
  const recovery = task?.recovery;
  if (task === undefined || recovery === undefined) return run.queue(index);
  const now_ms = clock.monotonic_ms();
  const wait_ms = Math.min(longestWait_ms, Math.max(0, (recovery.from_ms ?? 0) - clock.now_ms()));
  const isAgain = recovery.action === "again";
  const from_ms = now_ms + wait_ms;
  const single: SingleTask = {
    task: index,
    from_ms,
    prefer: isAgain ? task.current?.worker : undefined,
    avoids: !isAgain,
    until_ms: from_ms + (isAgain ? options.retryPreference_ms : options.avoidance_ms),
    afresh: recovery.action === "afresh" && recovery.charged === "test",
  };
  run.unqueue(index);
  run.queueAlone(single);
  for (const at_ms of [from_ms, single.until_ms]) if (at_ms > now_ms) later(state, at_ms - now_ms, () => {});
}
