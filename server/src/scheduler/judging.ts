import {
  type Breaker,
  type FactBody,
  type FailureKind,
  admits,
  afterBreakerDoubt,
  afterBreakerFailure,
  afterBreakerSuccess,
  blameFor,
  closedBreaker,
  exonerated,
  isMeasurement,
  openFor_ms,
  withProbe,
  withoutProbe,
} from "@shardwright/core";
import { breakerOf, change, guardsOf } from "./breakers.ts";
import { noteFailing } from "./doubts.ts";
import { assess, remember } from "./health.ts";
import { noticeOnce } from "./notices.ts";
import type { AttemptState, RunState, TaskState } from "./run-state.ts";
import type { SchedulerState, WorkerState } from "./state.ts";

/** So many times more tasks in a row make a runner suspect than a worker: much of one commit may well be broken in the same way. */
const runnerPatience = 5;
interface Ended {
  readonly run: RunState;
  readonly task: TaskState;
  readonly index: number;
  readonly attempt: AttemptState;
  /** The worker that ran it, if it is known any more. */
  readonly worker: WorkerState | undefined;
}

/**
 * An attempt showed that its class of hardware and its runner work: it has a result, be it that of a test that fails. Of its worker only one
 * that passed shows that it works in all that matters.
 */
export function noteSuccess(state: SchedulerState, ended: Ended, facts: FactBody[], isPass = true): void {
  const { run, task, worker } = ended;
  // What an old commit does says nothing of the machines of today.
  if (isMeasurement(run.options)) return;
  if (worker !== undefined) {
    worker.succeeded_ms = state.clock.monotonic_ms();
    remember(state, worker, "good");
    if (isPass) worker.failing.clear();
    else noteFailing(state, ended);
  }
  if (state.breakers.size === 0) return;
  const now_ms = state.clock.now_ms();
  if (worker !== undefined) {
    for (const [scope, name] of guardsOf(worker)) {
      const isDoubt = scope === "worker" && !isPass;
      const step = (breaker: Breaker) =>
        isDoubt ? afterBreakerDoubt(breaker, now_ms, state.options.breakers) : afterBreakerSuccess(breaker, now_ms);
      change(state, scope, name, step, facts);
    }
  }
  // What runs for the first time is never held back by it: that it works counts whenever it is.
  const closed = (breaker: Breaker): Breaker => ({ ...closedBreaker, opens: breaker.opens, since_ms: now_ms });
  const step = (breaker: Breaker) => (breaker.phase === "closed" ? afterBreakerSuccess(breaker, now_ms) : closed(breaker));
  change(state, "runner", runnerOf(run, task), step, facts);
}

/**
 * An attempt went wrong in a way that may be its worker's fault, or its runner's.
 * @returns the worker, if that quarantines it: what it has is to go to others
 */
export function noteFailure(
  state: SchedulerState,
  ended: Ended,
  kind: FailureKind,
  isLost: boolean,
  facts: FactBody[],
): WorkerState | undefined {
  const { run, task, index, attempt, worker } = ended;
  if (isMeasurement(run.options)) return undefined;
  const blame = blameFor(kind);
  if (kind === "assertion") {
    noteSuccess(state, ended, facts, false);
    return undefined;
  }
  const ref = `${run.id}/${index}`;
  const now_ms = state.clock.now_ms();
  const { breakers: limits } = state.options;
  if (blame.runner) {
    const name = runnerOf(run, task);
    const patient = { ...limits, threshold: runnerPatience * limits.threshold };
    const opened = change(state, "runner", name, (breaker) => afterBreakerFailure(breaker, ref, now_ms, patient), facts);
    if (opened)
      noticeOnce(
        run,
        "runner-broken",
        `${patient.threshold} files of ${run.suites.get(task.spec.suite)?.runner ?? "a runner"} in a row could not be run: what fails now is not tried again.`,
        facts,
      );
  }
  if (!blame.runner) noteRetryOver(state, run, index, task, facts);
  if (!blame.machine) noteFailing(state, ended);
  if (!blame.machine || worker === undefined) return undefined;
  const elsewhere = [...task.badWorkers].filter((id) => id !== attempt.worker);
  if (!isLost && elsewhere.length > 0) {
    // It goes wrong wherever it runs: that speaks for the machines.
    for (const id of elsewhere) {
      const other = state.workers.get(id);
      if (other !== undefined) change(state, "worker", other.name, (breaker) => exonerated(breaker, ref), facts);
    }
    return undefined;
  }
  remember(state, worker, kind === "infrastructure" ? "bad" : "doubtful");
  assess(state, worker, facts);
  // A worker that dies takes all with it that it runs; that is one failure of it.
  const what = isLost ? `loss of ${worker.id}` : ref;
  const isWorse = kind === "infrastructure" || [...state.workers.values()].some((other) => isBetter(other, worker));
  const opened = change(
    state,
    "worker",
    worker.name,
    (breaker) => held(breaker, afterBreakerFailure(breaker, what, now_ms, limits), isWorse),
    facts,
  );
  if (opened) quarantine(state, worker, run, facts);
  change(
    state,
    "class",
    worker.hardware_class,
    (breaker) =>
      held(
        breaker,
        afterBreakerFailure(breaker, worker.name, now_ms, limits),
        [...state.workers.values()].some((other) => other.hardware_class !== worker.hardware_class && isBetter(other, worker)),
      ),
    facts,
  );
  return opened ? worker : undefined;
}

/** That a task takes workers down with it is no fault of theirs. */
export function clearOfLoss(state: SchedulerState, task: TaskState, facts: FactBody[]): void {
  // Gathered first: those that change are entered anew.
  const suspected = [...state.breakers.values()].filter(
    ({ scope, breaker }) => scope === "worker" && breaker.evidence.length > 0,
  );
  const clear = (before: Breaker) => [...task.badWorkers].reduce((now, id) => exonerated(now, `loss of ${id}`), before);
  for (const { scope, name } of suspected) change(state, scope, name, clear, facts);
}

/** Whether trying once more what a runner could not run tells anything new. */
export function isHopeless(state: SchedulerState, run: RunState, task: TaskState): boolean {
  return !admits(breakerOf(state, "runner", runnerOf(run, task)), state.clock.now_ms());
}

/** A task of a runner that is on probation is tried once more: the others wait for what comes of it. */
export function noteRetry(state: SchedulerState, run: RunState, index: number, task: TaskState, facts: FactBody[]): void {
  const now_ms = state.clock.now_ms();
  change(state, "runner", runnerOf(run, task), (breaker) => withProbe(breaker, `${run.id}/${index}`, now_ms), facts);
}

/** It came to an end that says nothing of its runner: another task may be tried. */
export function noteRetryOver(state: SchedulerState, run: RunState, index: number, task: TaskState, facts: FactBody[]): void {
  if (state.breakers.size === 0) return;
  change(state, "runner", runnerOf(run, task), (breaker) => withoutProbe(breaker, `${run.id}/${index}`), facts);
}

/** Its breaker has opened. */
export function quarantine(state: SchedulerState, worker: WorkerState, because: RunState, facts: FactBody[]): void {
  // What went wrong is answered with this, and is not to be held against it once more afterwards.
  worker.verdicts.length = 0;
  const { evidence, opens } = breakerOf(state, "worker", worker.name);
  const seconds = Math.round(openFor_ms(opens, state.options.breakers) / 1000);
  const message = `${worker.name} takes no more tests for ${seconds} s: ${evidence.length} in a row went wrong there that may be its fault.`;
  for (const run of state.runs.values())
    if (run === because || run.sessions.has(worker.id) || hasLease(worker, run)) noticeOnce(run, "quarantined", message, facts);
  state.log.warn({ worker: worker.name, evidence, seconds }, "worker quarantined");
}

function hasLease(worker: WorkerState, run: RunState): boolean {
  return [...worker.leases.values()].some((lease) => lease.run === run);
}

/** Whether another worker has lately shown that it works, since this one last did. */
function isBetter(other: WorkerState, worker: WorkerState): boolean {
  return other !== worker && other.succeeded_ms > worker.succeeded_ms;
}

/** Without anything to compare with, a breaker that would open waits for more. */
function held(before: Breaker, next: Breaker, mayOpen: boolean): Breaker {
  if (mayOpen || next.phase !== "open" || before.phase === "open") return next;
  return before.phase === "closed" ? before : { ...closedBreaker, opens: before.opens, since_ms: before.since_ms };
}

function runnerOf(run: RunState, task: TaskState): string {
  return `${run.project}/${run.suites.get(task.spec.suite)?.runner ?? task.spec.suite}`;
}
