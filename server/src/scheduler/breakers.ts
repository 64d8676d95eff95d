import {
  type Breaker,
  type BreakerScope,
  type FactBody,
  admits,
  asOf,
  closedBreaker,
  isUnremarkable,
  withProbe,
  withoutProbe,
} from "@shardwright/core";
import { awaitsComparison } from "./doubts.ts";
import { type LeaseState, type SchedulerState, type WorkerState, later } from "./state.ts";

/** Breakers that are remembered; beyond it the oldest is forgotten. */
const breakersLimit = 10_000;

/** What a worker may take: anything, one task that shows whether it can be trusted again, or nothing. */
export function trustIn(state: SchedulerState, worker: WorkerState): "full" | "probe" | "none" {
  if (worker.standing === "unwell" || (worker.standing === "probation" && worker.leases.size > 0)) return "none";
  if (awaitsComparison(state, worker)) return "none";
  const isOnProbation = worker.standing === "probation";
  if (state.breakers.size === 0) return isOnProbation ? "probe" : "full";
  const now_ms = state.clock.now_ms();
  const guards = guardsOf(worker).map(([scope, name]) => asOf(breakerOf(state, scope, name), now_ms));
  if (!isOnProbation && guards.every(({ phase }) => phase === "closed")) return "full";
  return guards.every((breaker) => admits(breaker, now_ms)) ? "probe" : "none";
}

/** A lease to a worker that is on probation is what it is judged by. */
export function noteLease(state: SchedulerState, { fence, worker }: LeaseState, facts: FactBody[]): void {
  if (state.breakers.size === 0) return;
  const now_ms = state.clock.now_ms();
  for (const [scope, name] of guardsOf(worker))
    change(state, scope, name, (breaker) => withProbe(breaker, String(fence), now_ms), facts);
}

/** A lease is over: if it was a probe that told nothing, another may be let through. */
export function noteLeaseOver(state: SchedulerState, { fence, worker }: LeaseState, facts: FactBody[]): void {
  if (state.breakers.size === 0) return;
  for (const [scope, name] of guardsOf(worker))
    change(state, scope, name, (breaker) => withoutProbe(breaker, String(fence)), facts);
}

/** Takes up breakers as the tables have them. */
export function restoreBreakers(state: SchedulerState): void {
  for (const { scope, name, breaker } of state.queries.breakers.all()) {
    state.breakers.set(keyOf(scope, name), { scope, name, breaker });
    wakeWhenOpen(state, breaker);
  }
}

/** How many breakers there are of each kind and phase. */
export function breakerCounts(state: SchedulerState): { scope: BreakerScope; phase: Breaker["phase"]; count: number }[] {
  const now_ms = state.clock.now_ms();
  const counts = new Map<string, { scope: BreakerScope; phase: Breaker["phase"]; count: number }>();
  for (const { scope, breaker } of state.breakers.values()) {
    const { phase } = asOf(breaker, now_ms);
    const known = counts.get(`${scope} ${phase}`) ?? { scope, phase, count: 0 };
    counts.set(`${scope} ${phase}`, { ...known, count: known.count + 1 });
  }
  return [...counts.values()];
}

/** What guards a worker. */
export function guardsOf({ name, hardware_class }: WorkerState): [scope: BreakerScope, name: string][] {
  return [
    ["worker", name],
    ["class", hardware_class],
  ];
}

export function breakerOf(state: SchedulerState, scope: BreakerScope, name: string): Breaker {
  return state.breakers.get(keyOf(scope, name))?.breaker ?? closedBreaker;
}

function keyOf(scope: BreakerScope, name: string): string {
  return `${scope} ${name}`;
}

/** Takes a breaker a step further. @returns whether it has opened with that */
export function change(
  state: SchedulerState,
  scope: BreakerScope,
  name: string,
  step: (breaker: Breaker) => Breaker,
  facts: FactBody[],
): boolean {
  const key = keyOf(scope, name);
  const before = breakerOf(state, scope, name);
  const breaker = step(before);
  if (breaker === before) return false;
  state.breakers.delete(key);
  if (!isUnremarkable(breaker)) state.breakers.set(key, { scope, name, breaker });
  facts.push({ type: "BreakerChanged", scope, name, breaker: { ...breaker, evidence: [...breaker.evidence] } });
  const [oldest] = state.breakers.values();
  if (state.breakers.size > breakersLimit && oldest !== undefined)
    change(state, oldest.scope, oldest.name, () => closedBreaker, facts);
  const isOpened = breaker.phase === "open" && before.phase !== "open";
  if (isOpened) wakeWhenOpen(state, breaker);
  return isOpened;
}

function wakeWhenOpen(state: SchedulerState, { phase, since_ms }: Breaker): void {
  const wait_ms = since_ms - state.clock.now_ms();
  if (phase === "open" && wait_ms > 0) later(state, wait_ms, () => {});
}
