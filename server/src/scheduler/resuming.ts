import {
  type AttemptStatus,
  type CaseResult,
  type CaseStatus,
  type Failure,
  type WorkerEvent,
  caseKey,
  resumesSince,
  splitCasesLimit,
} from "@shardwright/core";
import { causeOf } from "./causes.ts";
import { expected_ms } from "./pool.ts";
import type { AttemptState, RunState, TaskState } from "./run-state.ts";
import type { LeaseState, Poll, SchedulerState } from "./state.ts";

/** A case that an attempt has finished. */
interface FinishedCase {
  readonly path: readonly string[];
  readonly status: CaseStatus;
  readonly duration_ms: number;
}

/** By their keys. */
export type FinishedCases = Map<string, FinishedCase>;

/** What an attempt leaves out, because those before it have finished it. */
export interface Resumption {
  /** Number of the attempt that it resumes. */
  readonly from: number;
  /** What counts of it and of those that it resumed itself: a case that is reported again is the new attempt's. */
  readonly kept: FinishedCases;
}

/** So much of a task is taken to be left at least: hooks and what its file loads are run again. */
const leastLeft = 0.1;

/** Takes note of cases that an attempt has reported. What failed for the machine, or for its browser, has to run again. */
export function noteCases(
  { finished, resumption }: Pick<AttemptState, "finished" | "resumption">,
  cases: readonly CaseResult[],
): void {
  for (const result of cases) {
    const { path, status, duration_ms } = result;
    const key = caseKey(result);
    resumption?.kept.delete(key);
    if (!isBad(result) || causeOf([result]) === undefined) finished.set(key, { path, status, duration_ms });
  }
}

/** Whether another attempt may go on where one has ended: it was taken from its worker, or its browser from it. */
export function mayBeResumed({ outcome, failure }: { readonly outcome: AttemptStatus; readonly failure?: Failure | undefined }) {
  if (outcome === "failed" || outcome === "errored") return failure?.kind === "browser-crash";
  return outcome === "lost" || outcome === "released";
}

/** No other attempt will resume one. */
export function forgetCases({ finished, resumption }: AttemptState): void {
  finished.clear();
  resumption?.kept.clear();
}

/** All that an attempt, and those that it resumed, have finished. */
export function finishedBy({ finished, resumption }: Pick<AttemptState, "finished" | "resumption">): FinishedCases {
  return new Map([...(resumption?.kept ?? []), ...finished]);
}

const isTaken: ReadonlySet<AttemptStatus> = new Set(["lost", "released", "failed", "errored"]);

/**
 * What a worker that is to run a task may leave out: what the attempt before has finished, if that was taken from its worker, or its browser
 * from it, or, for a duplicate, goes on. Undefined where the task begins anew: its runner cannot leave out cases there, nothing is finished, or an attempt that
 * resumed another has failed and the whole file is to tell.
 */
export function resumptionFor(
  state: SchedulerState,
  run: RunState,
  task: TaskState,
  poll: Poll,
  isDuplicate: boolean,
): Resumption | undefined {
  const { current } = task;
  if (current === undefined || task.mustBeWhole || !poll.resumes.has(run.suites.get(task.spec.suite)?.runner ?? ""))
    return undefined;
  // Members that know less would take the attempt's own cases for all there are.
  if (state.factVersion() < resumesSince) return undefined;
  // Of those that have ended otherwise nothing is kept.
  const isOpen = isDuplicate ? current.status === "running" : isTaken.has(current.status);
  if (!isOpen) return undefined;
  const kept = finishedBy(current);
  if (kept.size === 0 || kept.size > splitCasesLimit) return undefined;
  // One that came to nothing itself is passed over.
  const from = current.finished.size > 0 ? current.number : current.resumption?.from;
  return from === undefined ? undefined : { from, kept };
}

/** How much of a task that a lease runs is left for a duplicate of it, from 0 to 1, by what its cases took there. */
export function leftForDuplicate(state: SchedulerState, lease: LeaseState, index: number, poll: Poll): number {
  const { run, worker } = lease;
  const task = run.task(index);
  const resumption = task && resumptionFor(state, run, task, poll, true);
  if (resumption === undefined) return 1;
  let done_ms = 0;
  for (const { duration_ms } of resumption.kept.values()) done_ms += duration_ms;
  return Math.max(leastLeft, 1 - done_ms / Math.max(1, expected_ms(run, index, worker)));
}

type Ended = Pick<Extract<WorkerEvent, { type: "finished" }>, "outcome" | "failure">;

/** How an attempt ended, with what it took over: where one of those cases has failed, it has too. */
export function withKept({ resumption }: AttemptState, { outcome, failure }: Ended): Ended {
  if (resumption === undefined || (outcome !== "passed" && outcome !== "skipped")) return { outcome, failure };
  const kept = [...resumption.kept.values()];
  const bad = kept.filter(isBad);
  const [first] = bad;
  if (first !== undefined) {
    const message = `${bad.length} of the ${kept.length} cases that attempt ${resumption.from} had finished failed, the first of them ${first.path.join(" > ")}`;
    return { outcome: "failed", failure: { kind: "assertion", message: message.slice(0, 4096) } };
  }
  return { outcome: kept.some(({ status }) => status === "passed") ? "passed" : outcome, failure };
}

/**
 * Whether it may be for what it left out that an attempt failed: its cases may have needed others to run before them, those that it resumed
 * or those of the file's other parts. What it took over was run in its place, and had it failed that would be certain.
 */
export function isInDoubt(
  { resumption, isPart }: Pick<AttemptState, "resumption" | "isPart">,
  { outcome, failure }: Ended,
): boolean {
  if (outcome === "passed" || outcome === "skipped" || isMachines(failure) || failure?.conclusive === true) return false;
  if (isPart) return true;
  return resumption !== undefined && ![...resumption.kept.values()].some(isBad);
}

/** It has nothing to do with what was left out. */
function isMachines(failure: Failure | undefined): boolean {
  return failure?.kind === "infrastructure" || failure?.kind === "browser-crash";
}

function isBad({ status }: Pick<FinishedCase, "status">): boolean {
  return status === "failed" || status === "errored";
}
