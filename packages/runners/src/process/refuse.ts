import { cutText } from "@shardwright/core";
import type { RunnerEvent, SessionTask } from "../runner.ts";

/**
 * The end of a task that could not begin.
 * @param conclusive nor could it later, nor elsewhere
 */
export function* refuse({ id }: Pick<SessionTask, "id">, problem: string, conclusive = false): Generator<RunnerEvent> {
  yield { type: "started", id };
  const failure = {
    kind: "setup-error" as const,
    message: cutText(problem, 4000),
    ...(conclusive && { conclusive: true as const }),
  };
  yield { type: "finished", id, result: { outcome: "errored", failure } };
}
