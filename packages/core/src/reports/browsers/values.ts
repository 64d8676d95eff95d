import type { ComputedValue } from "../../model/metric.ts";

/** How the numbers of one browser stand to those of another. */
export interface Agreement {
  readonly agrees: boolean;
  /** Where they are furthest outside of their tolerance, or nearest to its edge; undefined where the lengths differ. */
  readonly at: number | undefined;
  /** How many do not agree. */
  readonly outside: number;
}

/**
 * Compares numbers one by one: they agree when they differ by at most `absolute + relative × the larger one's size`. What is no number
 * agrees with what is none, an infinity with the same one. Of two tolerances the stricter counts. Numbers of different lengths never agree.
 */
export function compareValues(one: ComputedValue, other: ComputedValue): Agreement {
  const length = one.values.length;
  if (length !== other.values.length) return { agrees: false, at: undefined, outside: Math.max(length, other.values.length) };
  const absolute = Math.min(one.tolerance.absolute, other.tolerance.absolute);
  const relative = Math.min(one.tolerance.relative, other.tolerance.relative);
  let at: number | undefined;
  let furthest = Number.NEGATIVE_INFINITY;
  let outside = 0;
  for (const [index, a] of one.values.entries()) {
    const b = other.values[index] ?? Number.NaN;
    const beyond = differenceOf(a, b) - (absolute + relative * Math.max(sizeOf(a), sizeOf(b)));
    if (beyond > 0) outside += 1;
    if (beyond > furthest) [furthest, at] = [beyond, index];
  }
  return { agrees: outside === 0, at, outside };
}

function differenceOf(a: number, b: number): number {
  if (Object.is(a, b)) return 0;
  const difference = Math.abs(a - b);
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
}

function sizeOf(value: number): number {
  return Number.isFinite(value) ? Math.abs(value) : 0;
}

/** The place of the one that most of the others agree with; the first of several. */
export function mostAgreed(values: readonly ComputedValue[]): number {
  const counts = values.map((one) => values.filter((other) => compareValues(one, other).agrees).length);
  return counts.indexOf(Math.max(...counts));
}
