import { availableParallelism, totalmem } from "node:os";
import type { Engine } from "../browser.ts";

/** What the pool may use. All are bounds, never goals. */
export interface PoolLimits {
  /** Browsers that run at a time, whatever their kinds. */
  readonly browsers: number;
  /** Leases at a time in one browser. */
  readonly leases: number;
  /** How many of these may compute on the GPU. */
  readonly gpuLeases: number;
  /** Requests that wait at a time. */
  readonly queue: number;
  /** Leases of one browser in all, before another takes its place. */
  readonly tasks: number;
  /** Memory of all browsers together; where nobody tells how much they use, their number alone is bounded. */
  readonly memory_bytes: number;
  /** Memory of one browser, before another takes its place. */
  readonly browserMemory_bytes: number;
  /** By how much an idle browser may have grown since it was first idle, before another takes its place. */
  readonly growth_bytes: number;
  /** Until a browser has started. */
  readonly start_ms: number;
  /** For how long a browser is kept that nobody needs. */
  readonly idle_ms: number;
  /** For how long a lease may be held. */
  readonly lease_ms: number;
  /** How long a request waits before browsers of another kind are no longer given out on its account. */
  readonly patience_ms: number;
  /** How long a browser may take to end by itself. */
  readonly close_ms: number;
}

/**
 * More than four computed at a time in one browser were seen to kill its GPU process, with all devices: https://crbug.com has many of the
 * kind, and none that says why.
 */
const mostGpuLeases = 4;
/** A browser's own limit on open pages is far above; each costs about 60 MB, and they share its main process. */
const mostLeases = 32;
const mostBrowsers = 64;

/** What a browser with one page needs, as measured; used where it was not measured yet. */
export const usualMemory_bytes: Readonly<Record<Engine, number>> = {
  chromium: 400 * 1024 ** 2,
  firefox: 500 * 1024 ** 2,
  webkit: 400 * 1024 ** 2,
};

/**
 * The limits for this machine, with what is set in their stead.
 * @throws RangeError that names a limit which is no whole number within its bounds
 */
export function poolLimits(given: Partial<PoolLimits> = {}): PoolLimits {
  const cores = availableParallelism();
  const memory_bytes = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  const limits: PoolLimits = {
    browsers: Math.max(2, Math.min(8, cores)),
    leases: Math.max(4, Math.min(8, 2 * cores)),
    gpuLeases: 1,
    queue: 1000,
    tasks: 200,
    memory_bytes: Math.floor(memory_bytes / 2),
    browserMemory_bytes: 2 * 1024 ** 3,
    growth_bytes: 512 * 1024 ** 2,
    start_ms: 30_000,
    idle_ms: 60_000,
    lease_ms: 3_600_000,
    patience_ms: 2000,
    close_ms: 5000,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
  const most: Partial<Record<keyof PoolLimits, number>> = {
    browsers: mostBrowsers,
    leases: mostLeases,
    gpuLeases: Math.min(mostGpuLeases, limits.leases),
    queue: 1_000_000,
  };
  for (const [name, value] of Object.entries(limits) as [keyof PoolLimits, number][]) {
    const bound = most[name] ?? Number.MAX_SAFE_INTEGER;
    const least = name === "patience_ms" ? 0 : 1;
    if (!Number.isSafeInteger(value) || value < least || value > bound)
      throw new RangeError(`the pool's ${name} is a whole number from ${least} to ${bound}, not ${value}`);
  }
  return limits;
}
