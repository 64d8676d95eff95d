import type { Capabilities, Requirements } from "../model/requirement.ts";
import type { Deal, DealRequest, WaitingTasks } from "./deal.ts";

/** A task as a dealing policy sees it. */
export interface WaitingTask {
  /** Stable across runs. */
  readonly key: string;
  readonly suite: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly requirements: Requirements;
}

/** What a worker that asks for work may be dealt, and all that the built-in policy decides by. */
export interface DealingRequest extends DealRequest<WaitingTasks> {
  readonly run: { readonly id: string; readonly project: string };
  readonly worker: { readonly name: string; readonly hardware_class: string; readonly capabilities: Capabilities };
  /** @throws RangeError for a task that the run does not have */
  readonly task: (task: number) => WaitingTask;
}

/**
 * Decides which of the tasks that wait a worker gets next. It is asked on the leader, by each request for work, and answers at once. What was
 * decided to recover a task goes before it, and the same run, worker and tasks may be asked for again.
 */
export interface DealingPolicy {
  /** For the setting `dealing`: lower case and dashes. */
  readonly name: string;
  /**
   * The tasks for the worker, of one of the queues, in the order in which it is to run them; those that would make its batch too long go to
   * whoever asks next. Undefined leaves the worker idle, which is heard as long as something of the run is running.
   */
  choose(request: DealingRequest): Deal | undefined;
}

/**
 * Holds a policy to what is possible: it can choose among what waits for the worker, and nothing else.
 * @returns what is dealt: the beginning of what was chosen, as far as the batch may go
 * @throws Error that says, as the end of a sentence, what is wrong with the answer
 */
export function checkedDeal(
  answer: unknown,
  { queues, count_limit, cap_ms, pace = 1 }: DealRequest<WaitingTasks>,
): Deal | undefined {
  if (answer === undefined) return undefined;
  if (typeof answer !== "object" || answer === null || !("queue" in answer) || !("tasks" in answer))
    throw new Error("it has to answer { queue, tasks }, or undefined");
  const { queue: index, tasks } = answer;
  const queue = typeof index === "number" ? queues[index] : undefined;
  if (typeof index !== "number" || queue === undefined) throw new Error(`there is no queue ${String(index)}`);
  if (!Array.isArray(tasks) || tasks.length === 0) throw new Error("it has to name at least one task");
  const { pending, atMost_ms = Number.POSITIVE_INFINITY } = queue;
  const dealt: number[] = [];
  const seen = new Set<unknown>();
  let batch_ms = 0;
  for (const task of tasks as readonly unknown[]) {
    if (typeof task !== "number" || !pending.has(task)) throw new Error(`task ${String(task)} does not wait in queue ${index}`);
    if (seen.has(task)) throw new Error(`it names task ${task} twice`);
    seen.add(task);
    const task_ms = pace * pending.duration_ms(task);
    if (task_ms > atMost_ms) throw new Error(`the worker is not expected to last as long as task ${task}`);
    batch_ms += task_ms;
    if (dealt.length === 0 || (batch_ms <= cap_ms && dealt.length < count_limit)) dealt.push(task);
    else break;
  }
  return { queue: index, tasks: dealt };
}
