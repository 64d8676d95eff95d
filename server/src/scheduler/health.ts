import { type FactBody, type Health, closedBreaker, healthOf, intervalsKept, phi, standingAfter } from "@shardwright/core";
import { breakerOf } from "./breakers.ts";
import { weighAttempt } from "./forecasts.ts";
import { noticeOnce } from "./notices.ts";
import type { SchedulerState, WorkerState } from "./state.ts";

/** Attempts that a worker's health is judged by, and for how long each of them counts. */
const attemptsKept = 20;
const attemptsKept_ms = 600_000;
/** Tasks that must go well on probation. */
const proof = 3;

/** An attempt on a worker has ended in a way that says something of it. */
export function remember(state: SchedulerState, worker: WorkerState, verdict: WorkerState["verdicts"][number]["verdict"]): void {
  worker.verdicts.push({ verdict, at_ms: state.clock.monotonic_ms() });
  if (worker.verdicts.length > attemptsKept) worker.verdicts.shift();
  weighAttempt(state, worker, verdict !== "good");
  if (verdict === "good") worker.goodInProbation += 1;
}

/** A heartbeat came. */
export function rememberBeat(state: SchedulerState, worker: WorkerState): void {
  const now_ms = state.clock.monotonic_ms();
  if (worker.beat_ms !== undefined) {
    worker.intervals_ms.push(now_ms - worker.beat_ms);
    if (worker.intervals_ms.length > intervalsKept) worker.intervals_ms.shift();
  }
  worker.beat_ms = now_ms;
}

export function health(state: SchedulerState, worker: WorkerState): Health {
  const now_ms = state.clock.monotonic_ms();
  const attempts = worker.verdicts.filter(({ at_ms }) => now_ms - at_ms < attemptsKept_ms).map(({ verdict }) => verdict);
  const silent_ms = worker.beat_ms === undefined ? 0 : now_ms - worker.beat_ms;
  return healthOf({
    attempts,
    phi: phi(worker.intervals_ms, silent_ms),
    room: worker.room,
    breaker: state.breakers.size === 0 ? closedBreaker : breakerOf(state, "worker", worker.name),
    pace: worker.pace,
  });
}

/** Looks whether a worker's health has crossed the threshold, or whether it has proved itself since it did. */
export function assess(state: SchedulerState, worker: WorkerState, facts: FactBody[]): void {
  // While its breaker is open or tried, that decides what it gets.
  if (state.breakers.size > 0 && breakerOf(state, "worker", worker.name).phase !== "closed") return;
  const now = health(state, worker);
  const { healthThreshold: threshold } = state.options;
  const isProven = worker.goodInProbation >= proof;
  const standing = standingAfter(worker.standing, { score: now.score, threshold, isProven });
  if (standing === worker.standing) return;
  worker.standing = standing;
  worker.goodInProbation = 0;
  facts.push({ type: "WorkerAssessed", worker: worker.id, standing, health: now });
  state.log.warn({ worker: worker.name, standing, ...now }, "a worker's health has changed");
  if (standing !== "unwell") return;
  const costs = now.terms.filter(({ cost }) => cost > 0).sort((a, b) => b.cost - a.cost);
  const why = costs.map(({ name, cost }) => `${name} −${cost}`).join(", ");
  for (const run of state.runs.values())
    if ([...worker.leases.values()].some((lease) => lease.run === run))
      noticeOnce(run, "quarantined", `${worker.name} gets no new tests: its health is ${now.score} of 100 (${why}).`, facts);
}
