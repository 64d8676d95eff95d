import { setTimeout as sleep } from "node:timers/promises";

/** Thrown by an action that will not succeed however often it is tried. */
export class Declined extends Error {}

/** The wait before try number `attempt` + 1: doubling from `base_ms`, at most `limit_ms`, the upper half of it random. */
export function backoff(attempt, { base_ms, limit_ms, random }) {
  const full = Math.min(limit_ms, base_ms * 2 ** (attempt - 1));
  return full / 2 + (random() * full) / 2;
}

/** Tries until it works, is declined, or `attempts` are used up; then throws the last error. */
export async function retry(action, { attempts, base_ms, limit_ms = 10_000, random = Math.random, signal }) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action(attempt);
    } catch (error) {
      if (error instanceof Declined || attempt >= attempts) throw error;
      await sleep(backoff(attempt, { base_ms, limit_ms, random }), undefined, { signal });
    }
  }
}
