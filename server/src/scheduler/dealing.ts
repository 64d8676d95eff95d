import { type DealQueue, type FactBody, deal, endsSoonerElsewhere, missingFor } from "@shardwright/core";
import { grant } from "./granting.ts";
import { matchFor } from "./matching.ts";
import { otherSlots, planned_ms } from "./pool.ts";
import type { RunState } from "./run-state.ts";
import { runsFor } from "./sharing.ts";
import { duplicateStragglers, giveUpDuplicates } from "./speculation.ts";
import { type Poll, type SchedulerState, later } from "./state.ts";

/** How often it is looked again at what idle workers might do, while others work. */
const lookAgain_ms = 250;

/**
 * Deals what waits to the polls that wait: one lease to each in turn, until the polls are full or nothing is left for them. Slots that are
 * free come before those that ask ahead of time: nothing waits behind a task that a free slot could run. Of the runs that a slot could
 * serve it serves the one whose turn it is. A slot for which nothing waits may duplicate what keeps a run from ending.
 */
export function dealToAll(state: SchedulerState): void {
  if (state.draining) return;
  while (dealRound(state, (poll) => !isAhead(poll)) || dealRound(state, isAhead));
  const facts: FactBody[] = [];
  giveUpDuplicates(state, facts);
  if (facts.length > 0) void state.record(facts);
  duplicateStragglers(state);
  for (const poll of state.polls) if (poll.leases.length > 0) poll.answer();
  if (state.polls.size > 0 && state.leases.size > 0) lookAgain(state);
}

function dealRound(state: SchedulerState, isServed: (poll: Poll) => boolean): boolean {
  let dealt = false;
  for (const poll of state.polls) {
    if (poll.leases.length >= poll.slots || !isServed(poll)) continue;
    if (dealTo(state, poll)) dealt = true;
  }
  return dealt;
}

/** Whether it asks for what should come after what its worker runs, all of whose slots are in use. */
function isAhead({ worker }: Poll): boolean {
  return worker.leases.size >= worker.slots;
}

/** What is running takes longer and longer, so that idle workers may be of use though nothing happens. */
function lookAgain(state: SchedulerState): void {
  state.lookAgain ??= later(state, lookAgain_ms, () => {
    state.lookAgain = undefined;
    for (const poll of state.polls) poll.isBetterIdle = false;
  });
}

function dealTo(state: SchedulerState, poll: Poll): boolean {
  if (poll.worker.status !== "live") return false;
  for (const run of runsFor(state, poll)) {
    const tasks = nextSingle(state, run, poll) ?? nextBatch(state, run, poll);
    if (tasks === undefined) continue;
    grant(state, run, poll, tasks);
    return true;
  }
  return false;
}

function nextSingle(state: SchedulerState, run: RunState, poll: Poll): number[] | undefined {
  if (run.singles.size === 0) return undefined;
  const { worker } = poll;
  const now_ms = state.clock.monotonic_ms();
  const others = otherSlots(state, run, poll)?.();
  for (const { task, avoid, until_ms } of run.singles.values()) {
    const group = run.task(task)?.group ?? -1;
    if (missingFor(run.groups[group]?.requirements ?? {}, worker.capabilities).length > 0) continue;
    if (avoid === worker.id && now_ms < until_ms && matchFor(state, run, group).workers > 1) continue;
    if (others !== undefined && endsSoonerElsewhere(task, planned_ms(run, task, worker), others)) continue;
    return [task];
  }
  return undefined;
}

function nextBatch(state: SchedulerState, run: RunState, poll: Poll): number[] | undefined {
  const { worker, warm } = poll;
  const queues: DealQueue[] = [];
  run.queues(worker.hardware_class).forEach((pending, group) => {
    const { suite, requirements } = run.groups[group] ?? { suite: "", requirements: {} };
    if (pending.size === 0 || missingFor(requirements, worker.capabilities).length > 0) return;
    queues.push({ suite: `${run.id}/${suite}`, pending, slots: matchFor(state, run, group).slots });
  });
  if (queues.length === 0) return undefined;
  const { batchCap_ms: cap_ms, batchCount_limit: count_limit } = state.options;
  const others = otherSlots(state, run, poll);
  if (others !== undefined && poll.isBetterIdle) return undefined;
  const dealt = deal({ queues, warm, cap_ms, count_limit, pace: worker.pace, ...(others === undefined ? {} : { others }) });
  poll.isBetterIdle = dealt === undefined;
  return dealt?.tasks;
}
