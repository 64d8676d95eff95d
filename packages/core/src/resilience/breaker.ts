import type { Breaker } from "../model/breaker.ts";

/** What a breaker may be set to. Durations in milliseconds. */
export interface BreakerLimits {
  /** Failures in a row, of different tasks, that open it. */
  readonly threshold: number;
  /** How long it stays open the first time; twice as long each further time in a row. */
  readonly reset_ms: number;
  /** The longest it ever stays open. */
  readonly cap_ms: number;
}

export const closedBreaker: Breaker = { phase: "closed", evidence: [], opens: 0, since_ms: 0 };

/** Whether there is nothing to remember of it. */
export function isUnremarkable({ phase, evidence, opens }: Breaker): boolean {
  return phase === "closed" && evidence.length === 0 && opens === 0;
}

/** How many times its usual time a breaker stays open at most. */
const longestOpen = 8;

export function breakerLimits({ threshold, reset_ms }: Pick<BreakerLimits, "threshold" | "reset_ms">): BreakerLimits {
  return { threshold, reset_ms, cap_ms: longestOpen * reset_ms };
}

/** How long it is open the nth time in a row. */
export function openFor_ms(opens: number, { reset_ms, cap_ms }: BreakerLimits): number {
  return Math.min(cap_ms, reset_ms * 2 ** Math.min(Math.max(0, opens - 1), 30));
}

/** The same breaker as time has made it: one that was open for long enough is half-open. */
export function asOf(breaker: Breaker, now_ms: number): Breaker {
  return breaker.phase === "open" && now_ms >= breaker.since_ms ? { ...breaker, phase: "half-open" } : breaker;
}

/** Whether something more may be let through. What is let through while it is half-open has to be told of by `withProbe`. */
export function admits(breaker: Breaker, now_ms: number): boolean {
  const { phase, probe } = asOf(breaker, now_ms);
  return phase === "closed" || (phase === "half-open" && probe === undefined);
}

/** Notes what was let through while it is half-open. Elsewhere nothing changes. */
export function withProbe(breaker: Breaker, probe: string, now_ms: number): Breaker {
  const now = asOf(breaker, now_ms);
  return now.phase === "half-open" && now.probe === undefined ? { ...now, probe } : breaker;
}

/** The probe ended without telling anything: it was taken back. Another one may be let through. */
export function withoutProbe(breaker: Breaker, probe: string): Breaker {
  if (breaker.probe !== probe) return breaker;
  const { probe: _, ...rest } = breaker;
  return rest;
}

/** Something failed. @param what the task, so that one that fails again and again counts once */
export function afterBreakerFailure(breaker: Breaker, what: string, now_ms: number, limits: BreakerLimits): Breaker {
  const now = asOf(breaker, now_ms);
  if (now.phase === "open") return breaker;
  if (now.phase === "half-open") return opened(now, now.opens + 1, now_ms, limits);
  const evidence = now.evidence.includes(what) ? now.evidence : [...now.evidence, what].slice(-limits.threshold);
  if (evidence.length < limits.threshold) return evidence === now.evidence ? breaker : { ...now, evidence };
  // One that held for longer than it had been open begins anew.
  const held = now.opens > 0 && now_ms - now.since_ms > openFor_ms(now.opens, limits);
  return opened({ ...now, evidence }, held ? 1 : now.opens + 1, now_ms, limits);
}

/** Something succeeded. While it is open, what was let through before says nothing of what is now. */
export function afterBreakerSuccess(breaker: Breaker, now_ms: number): Breaker {
  const now = asOf(breaker, now_ms);
  if (now.phase === "open") return breaker;
  if (now.phase === "closed") return now.evidence.length === 0 ? breaker : { ...now, evidence: [] };
  return { phase: "closed", evidence: [], opens: now.opens, since_ms: now_ms };
}

/**
 * Something had a result that does not show that what it guards works, nor that it does not: no proof that it can be trusted again. What was
 * to be the proof is tried again, after as long a wait as before.
 */
export function afterBreakerDoubt(breaker: Breaker, now_ms: number, limits: BreakerLimits): Breaker {
  const now = asOf(breaker, now_ms);
  return now.phase === "half-open" ? opened(now, now.opens, now_ms, limits) : breaker;
}

/** The task failed elsewhere in the same way: it is no evidence any more. */
export function exonerated(breaker: Breaker, what: string): Breaker {
  if (breaker.phase !== "closed" || !breaker.evidence.includes(what)) return breaker;
  return { ...breaker, evidence: breaker.evidence.filter((each) => each !== what) };
}

function opened({ evidence }: Breaker, opens: number, now_ms: number, limits: BreakerLimits): Breaker {
  return { phase: "open", evidence, opens, since_ms: now_ms + openFor_ms(opens, limits) };
}
