import type { Observation } from "./observation.ts";

/** 2023-11-14 14:00 UTC */
const start_ms = Date.UTC(2023, 10, 14, 14);

/** mulberry32 */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface AttemptSketch {
  readonly unit: number;
  readonly worker: string;
  /** Seconds after the start. */
  readonly at_s: number;
  readonly suite?: string;
  readonly hardware?: string;
  readonly first?: boolean;
  /** Fingerprint of its failure; it passed without one. */
  readonly failed?: string | undefined;
  readonly environmental?: boolean;
  readonly preceding?: string;
}

/** An attempt of a second. */
export function attemptOf(sketch: AttemptSketch): Observation {
  const { unit, worker, at_s, suite = "web", hardware = "linux-x64-8cpu", first = true, failed, environmental = false } = sketch;
  const began_ms = start_ms + 1000 * at_s;
  return {
    unit: `${suite}:${unit}`,
    alike: suite,
    suite,
    worker,
    began_ms,
    ended_ms: began_ms + 1000,
    first,
    passed: failed === undefined,
    failures: failed === undefined ? [] : [{ fingerprint: failed, environmental }],
    values: { worker, hardware, ...(sketch.preceding !== undefined && { preceding: sketch.preceding }) },
  };
}
