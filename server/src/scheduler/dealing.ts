import { type DealQueue, type FactBody, endsSoonerElsewhere, missingFor } from "@shardwright/core";
import { trustIn } from "./breakers.ts";
import { dealByPolicy } from "./chosen-parts.ts";
import { grant } from "./granting.ts";
import { isLeftToOthers, longestFor } from "./lasting.ts";
import { matchFor } from "./matching.ts";
import { isKeptFrom, mayRun, otherSlots, planned_ms } from "./pool.ts";
import type { RunState, SingleTask } from "./run-state.ts";
import { runsFor } from "./sharing.ts";
import { duplicateStragglers, giveUpDuplicates } from "./speculation.ts";
import { type Poll, type SchedulerState, type WorkerState, later } from "./state.ts";

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
    if (poll.leases.length >= poll.slots || !isServed(poll) || isHeldBack(poll)) continue;
    if (dealTo(state, poll)) dealt = true;
  }
  return dealt;
}

/** Whether it asks for what should come after what its worker runs, all of whose slots are in use. */
function isAhead({ worker }: Poll): boolean {
  return worker.leases.size >= worker.slots;
}

/** Whether its worker has as many leases as it is to have, though it has slots left. */
function isHeldBack({ worker }: Poll): boolean {
  return worker.slots < worker.ownSlots && worker.leases.size >= worker.slots;
}

/** What is running takes longer and longer, so that idle workers may be of use though nothing happens. */
function lookAgain(state: SchedulerState): void {
  state.lookAgain ??= later(state, lookAgain_ms, () => {
    state.lookAgain = undefined;
    for (const poll of state.polls) poll.isBetterIdle = false;
  });
}

function dealTo(state: SchedulerState, poll: Poll): boolean {
  const { worker } = poll;
  if (worker.status !== "live") return false;
  const trust = trustIn(state, worker);
  for (const run of runsFor(state, poll)) {
    if (trust === "none" && isReplaceable(state, run, worker)) continue;
    const single = nextSingle(state, run, poll);
    const count_limit = trust === "full" ? state.options.batchCount_limit : 1;
    const tasks = single === undefined ? nextBatch(state, run, poll, count_limit) : [single.task];
    if (tasks === undefined) continue;
    worker.leftIdle_ms = undefined;
    grant(state, run, poll, tasks, { isAfresh: single?.afresh });
    return true;
  }
  return false;
}

function nextSingle(state: SchedulerState, run: RunState, poll: Poll): SingleTask | undefined {
  if (run.singles.size === 0) return undefined;
  const { worker } = poll;
  const now_ms = state.clock.monotonic_ms();
  const others = otherSlots(state, run, poll)?.();
  const longest = longestFor(state, run, worker);
  for (const single of run.singles.values()) {
    const { task, from_ms } = single;
    const group = run.task(task)?.group ?? -1;
    if (now_ms < from_ms || missingFor(run.groups[group]?.requirements ?? {}, worker.capabilities).length > 0) continue;
    if (isKeptFrom(state, run, single, worker)) continue;
    if (others !== undefined && endsSoonerElsewhere(task, planned_ms(run, task, worker), others)) continue;
    const isOutlasted = longest !== undefined && planned_ms(run, task, worker) > longest(group);
    if (isOutlasted && isLeftToOthers(state, run, [group], worker)) continue;
    return single;
  }
  return undefined;
}

function nextBatch(state: SchedulerState, run: RunState, poll: Poll, count_limit: number): readonly number[] | undefined {
  const { worker, warm } = poll;
  const queues: DealQueue[] = [];
  const longest = longestFor(state, run, worker);
  const groups: number[] = [];
  run.queues(worker.hardware_class).forEach((pending, group) => {
    const { suite, requirements } = run.groups[group] ?? { suite: "", requirements: {} };
    if (pending.size === 0 || missingFor(requirements, worker.capabilities).length > 0) return;
    groups.push(group);
    queues.push({
      suite: `${run.id}/${suite}`,
      pending,
      slots: matchFor(state, run, group).slots,
      ...(longest !== undefined && { atMost_ms: longest(group) }),
    });
  });
  if (queues.length === 0) return undefined;
  const { batchCap_ms: cap_ms } = state.options;
  const others = otherSlots(state, run, poll);
  if (others !== undefined && poll.isBetterIdle) return undefined;
  const request = { queues, warm, cap_ms, count_limit, pace: worker.pace, ...(others === undefined ? {} : { others }) };
  let dealt = dealByPolicy(state, run, worker, request);
  if (dealt === undefined && longest !== undefined) {
    if (isLeftToOthers(state, run, groups, worker)) return undefined;
    const unbounded = queues.map((queue) => ({ ...queue, atMost_ms: Number.POSITIVE_INFINITY }));
    dealt = dealByPolicy(state, run, worker, { ...request, queues: unbounded });
  }
  poll.isBetterIdle = dealt === undefined;
  return dealt?.tasks;
}

/** Whether others that can be trusted can run all that waits of a run which this worker could. Without them it is used all the same. */
function isReplaceable(state: SchedulerState, run: RunState, worker: WorkerState): boolean {
  const others = [...state.workers.values()].filter((other) => other !== worker && trustIn(state, other) === "full");
  return [...run.waitingGroups()].every(
    (group) =>
      !mayRun(run, group, worker) ||
      (matchFor(state, run, group).workers > 1 && others.some((other) => mayRun(run, group, other))),
  );
}
