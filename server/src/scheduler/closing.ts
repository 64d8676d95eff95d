import { type ClosedRequest, clearingUp_ms, type FactBody, type WorkerId } from "@shardwright/core";
import type { Timer } from "../clock.ts";
import { noticeOnce } from "./notices.ts";
import type { RunState } from "./run-state.ts";
import { type SchedulerState, type WorkerState, later } from "./state.ts";

/** The tests of a run are over; workers still end what they set up for them. */
export interface Closing {
  readonly waiting: Set<WorkerId>;
  readonly timer: Timer;
  /** To be called when nobody is waited for any more. */
  readonly end: (facts: FactBody[]) => void;
}

/** Sessions end politely within their time or by force; a worker that has not said so by then has no good news. */
const patience_ms = clearingUp_ms + 15_000;

/**
 * Has the workers that ran a run's tests end what they set up for them, before the run ends.
 * @param end ends the run, once nobody is waited for
 * @returns whether it has to wait for any of them
 */
export function awaitSessions(state: SchedulerState, run: RunState, end: Closing["end"]): boolean {
  if (run.closing !== undefined) return run.closing.waiting.size > 0;
  const workers = [...run.sessions].flatMap((id) => state.workers.get(id) ?? []);
  run.sessions.clear();
  if (workers.length === 0) return false;
  const timer = later(state, patience_ms, () => {
    const facts: FactBody[] = [];
    for (const id of run.closing?.waiting ?? []) {
      const name = state.workers.get(id)?.name ?? id;
      fail(run, `${name} did not say within ${patience_ms / 1000} s how what it set up for the tests has ended`, facts);
    }
    run.closing?.waiting.clear();
    end(facts);
    void state.record(facts);
  });
  run.closing = { waiting: new Set(workers.map(({ id }) => id)), timer, end };
  for (const worker of workers) for (const sink of worker.sinks) sink({ type: "close", run: run.id });
  return true;
}

/** Runs that wait for this worker. */
export function closingFor(state: SchedulerState, worker: WorkerId): RunState[] {
  return [...state.runs.values()].filter(({ closing }) => closing?.waiting.has(worker) === true);
}

/** A worker has ended what it set up for a run; what it says of a run that is over comes too late to count. */
export function sessionsClosed(state: SchedulerState, worker: WorkerState, { run: id, failures }: ClosedRequest): FactBody[] {
  const facts: FactBody[] = [];
  const run = state.runs.get(id);
  if (run === undefined) return facts;
  for (const { suite, failure } of failures)
    fail(run, `What ${suite} set up for its tests could not be cleared up on ${worker.name}: ${failure.message}`, facts);
  settle(run, worker.id, facts);
  return facts;
}

/** A worker is gone, and with it what it set up. */
export function sessionsGone(state: SchedulerState, worker: WorkerId, facts: FactBody[]): void {
  for (const run of state.runs.values()) {
    run.sessions.delete(worker);
    settle(run, worker, facts);
  }
}

function settle({ closing }: RunState, worker: WorkerId, facts: FactBody[]): void {
  if (closing?.waiting.delete(worker) === true && closing.waiting.size === 0) closing.end(facts);
}

function fail(run: RunState, message: string, facts: FactBody[]): void {
  run.teardownFailures.push(message);
  noticeOnce(run, "teardown-failed", message, facts);
}
