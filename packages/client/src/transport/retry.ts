import { setTimeout as delay } from "node:timers/promises";
import { fullJitter_ms } from "@shardwright/core";

/** How a call is tried again when no coordinator answers or one answers that it cannot just now. */
export interface RetryPolicy {
  /** Rounds over all addresses, the first one included. */
  readonly attempts: number;
  /** Nothing is tried again later than this after the call began. */
  readonly total_ms: number;
  /** Upper bound of the first wait; doubled with each further one. */
  readonly base_ms: number;
  /** Upper bound of any wait. */
  readonly cap_ms: number;
}

export const defaultRetry: RetryPolicy = { attempts: 20, total_ms: 20_000, base_ms: 50, cap_ms: 3000 };

/** One round over the addresses and no more. */
export const noRetry: RetryPolicy = { ...defaultRetry, attempts: 1, total_ms: 0 };

/** The wait before the attempt after number `attempt` (from 1), in milliseconds, with full jitter. */
export function backoff_ms(attempt: number, policy: Pick<RetryPolicy, "base_ms" | "cap_ms">): number {
  return fullJitter_ms(attempt, policy, Math.random);
}

/** Waits, unless the signal is or gets aborted: then throws its reason. */
export async function pause(duration_ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  try {
    await delay(duration_ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
