import { type Claim, isBefore } from "./fair-share.ts";

/** A run that waits for slots that another waits for, too. */
export interface Contender extends Claim {
  /** What it has waiting for these slots, in slot time. */
  readonly work_ms: number;
  /** How long it should keep a slot that it is given. */
  readonly lease_ms: number;
}

export interface WaitRequest<T extends Contender> {
  readonly own: Claim;
  readonly others: readonly T[];
  /** When each slot that could run the run's tasks should be free: 0 for one that is. */
  readonly frees_ms: readonly number[];
}

export interface ExpectedWait<T> {
  readonly wait_ms: number;
  /** Those that should be given a slot before. */
  readonly before: ReadonlySet<T>;
}

/** So many slots are given away in thought; who waits for more than these waits at least as long as is said. */
const grantLimit = 2000;

/**
 * How long a run should wait for its first slot: the slots are given away in thought, each when it should be free, to whoever is due by
 * `isBefore`, until the run is. Undefined where there is no slot.
 */
export function expectedWait<T extends Contender>({ own, others, frees_ms }: WaitRequest<T>): ExpectedWait<T> | undefined {
  const frees = [...frees_ms];
  const waiting = others.map((contender) => ({ ...claimOf(contender), work_ms: contender.work_ms, contender }));
  const before = new Set<T>();
  let now_ms: number | undefined;
  for (let grants = 0; grants < grantLimit; grants += 1) {
    const slot = earliest(frees);
    if (slot === undefined) return undefined;
    now_ms = frees[slot] ?? 0;
    let due: (typeof waiting)[number] | undefined;
    for (const one of waiting) if (one.work_ms > 0 && isBefore(one, due ?? own)) due = one;
    if (due === undefined) break;
    const lease_ms = Math.max(1, Math.min(due.contender.lease_ms, due.work_ms));
    frees[slot] = now_ms + lease_ms;
    due.work_ms -= lease_ms;
    due.used_ms += lease_ms;
    before.add(due.contender);
  }
  return now_ms === undefined ? undefined : { wait_ms: now_ms, before };
}

function claimOf({ weight, used_ms, slots, isWarm, order }: Claim) {
  return { weight, used_ms, slots, isWarm, order };
}

function earliest(frees_ms: readonly number[]): number | undefined {
  let first: number | undefined;
  for (const [index, free_ms] of frees_ms.entries()) if (first === undefined || free_ms < (frees_ms[first] ?? 0)) first = index;
  return first;
}
