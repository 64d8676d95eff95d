import type { Failure, FactBody } from "@shardwright/core";
import { type AttemptEnd, endAttempt } from "./endings.ts";
import type { AttemptState, RunState, TaskState } from "./run-state.ts";
import type { SchedulerState } from "./state.ts";
import { putBack } from "./waiting.ts";

/** Has the whole file tell whether it fails: at no expense of the test's, nor of its machine's. */
export function checkByWhole(
  state: SchedulerState,
  { run, index, task, attempt }: { run: RunState; index: number; task: TaskState; attempt: AttemptState },
  end: Omit<AttemptEnd, "task_status" | "recovery">,
  facts: FactBody[],
): void {
  const recovery = {
    action: "again",
    level: Math.max(1, task.recovery?.level ?? 0),
    charged: "machine",
    because: "resumed",
  } as const;
  task.mustBeWhole = true;
  task.recovery = recovery;
  endAttempt(
    state,
    run,
    index,
    attempt,
    { ...end, failure: doubted(end.failure, attempt, task), task_status: "pending", recovery },
    facts,
  );
  if (task.status === "pending") putBack(state, run, index);
}

function doubted(failure: Failure | undefined, { resumption }: AttemptState, { spec: { part } }: TaskState): Failure {
  const { kind = "runner-error", message = "It failed", ...rest } = failure ?? {};
  const what =
    part === undefined
      ? `It left out what attempt ${resumption?.from} had finished`
      : `It was part ${part.index + 1} of ${part.count}`;
  const why = `${what}; the whole file is run to tell.`;
  return { ...rest, kind, message: `${message.slice(0, 3900)}\n${why}` };
}
