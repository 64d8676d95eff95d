import { studentTwoSided } from "./distributions.ts";
import { momentsOf } from "./welch.ts";

/** Apache Otava's defaults. */
export const eDivisiveDefaults = { window: 50, significance: 0.001, minimumMagnitude: 0 };

/** Candidates are kept up to this times the significance until stretches are merged. */
const weakFactor = 10;

/**
 * Change points as Apache Otava finds them, for comparison: the energy statistic of E-divisive (D. S. Matteson and N. A. James, JASA 109, 2014)
 * within windows that move on by half their length or to the last point found, Student's t-test in place of permutations, and merging of the
 * weakest points until all are significant (M. Fleming et al., "Hunter: Using Change Point Detection to Hunt for Performance Regressions",
 * ICPE 2023). Written from that description; its p is that of a place chosen beforehand, and so too small for the best of many.
 * @returns the indices at which a stretch begins, without the first
 */
export function eDivisive(values: readonly number[], options: Partial<typeof eDivisiveDefaults> = {}): number[] {
  const { window, significance, minimumMagnitude } = { ...eDivisiveDefaults, ...options };
  const points: number[] = [];
  for (let start = 0; start < values.length;) {
    const end = Math.min(values.length, start + window);
    const found = split(values, start, end, significance * weakFactor).filter((point) => point > (points.at(-1) ?? 0));
    points.push(...found);
    start = Math.max(found.at(-1) ?? 0, start + Math.floor(window / 2));
  }
  return merged(values, points, { significance, minimumMagnitude });
}

/** Splits a window at its best place, then the part whose best place is the best of all, as long as the test bears it out. */
function split(values: readonly number[], start: number, end: number, significance: number): number[] {
  const bounds = [start, end];
  for (;;) {
    let best: { readonly point: number; readonly quality: number } | undefined;
    bounds.slice(1).forEach((until, at) => {
      const candidate = bestSplit(values, bounds[at] ?? start, until);
      if (candidate !== undefined && (best === undefined || candidate.quality > best.quality)) best = candidate;
    });
    if (best === undefined) break;
    const { point } = best;
    const after = bounds.findIndex((bound) => bound > point);
    const [left, right] = [bounds[after - 1] ?? start, bounds[after] ?? end];
    if (chance(values.slice(left, point), values.slice(point, right)) > significance) break;
    bounds.splice(after, 0, point);
  }
  return bounds.slice(1, -1);
}

/** The place with the largest Q = m n / (m + n) · (2 E|X − Y| − E|X − X′| − E|Y − Y′|), two values a side at least. */
function bestSplit(values: readonly number[], from: number, until: number) {
  const distance = (one: number, other: number) => Math.abs((values[one] ?? 0) - (values[other] ?? 0));
  let [within, across, beyond] = [0, 0, 0];
  for (let later = from; later < until; later += 1)
    for (let earlier = from; earlier < later; earlier += 1) beyond += distance(earlier, later);
  let best: { readonly point: number; readonly quality: number } | undefined;
  for (let point = from + 1; point < until; point += 1) {
    // The value before `point` leaves the right part for the left one.
    let [toLeft, toRight] = [0, 0];
    for (let other = from; other < point - 1; other += 1) toLeft += distance(other, point - 1);
    for (let other = point; other < until; other += 1) toRight += distance(other, point - 1);
    within += toLeft;
    across += toRight - toLeft;
    beyond -= toRight;
    const [m, n] = [point - from, until - point];
    if (m < 2 || n < 2) continue;
    const energy = (2 * across) / (m * n) - (2 * within) / (m * (m - 1)) - (2 * beyond) / (n * (n - 1));
    const quality = ((m * n) / (m + n)) * energy;
    if (best === undefined || quality > best.quality) best = { point, quality };
  }
  return best;
}

function merged(
  values: readonly number[],
  points: readonly number[],
  { significance, minimumMagnitude }: { readonly significance: number; readonly minimumMagnitude: number },
): number[] {
  const kept = points.slice();
  for (;;) {
    let weakest = -1;
    let [worst, smallest] = [significance, Infinity];
    let small = -1;
    kept.forEach((point, at) => {
      const before = values.slice(kept[at - 1] ?? 0, point);
      const after = values.slice(point, kept[at + 1] ?? values.length);
      const p = chance(before, after);
      if (p > worst) [weakest, worst] = [at, p];
      const [old, fresh] = [momentsOf(before).mean, momentsOf(after).mean];
      const magnitude = Math.abs(fresh / old - 1);
      if (magnitude < minimumMagnitude && magnitude < smallest) [small, smallest] = [at, magnitude];
    });
    const drop = weakest === -1 ? small : weakest;
    if (drop === -1) return kept;
    kept.splice(drop, 1);
  }
}

/** Student's t-test with the variances pooled. */
function chance(before: readonly number[], after: readonly number[]): number {
  const [a, b] = [momentsOf(before), momentsOf(after)];
  const freedom = a.count + b.count - 2;
  if (freedom < 1) return 1;
  const pooled = ((a.count - 1) * a.variance + (b.count - 1) * b.variance) / freedom;
  if (pooled === 0) return a.mean === b.mean ? 1 : 0;
  return studentTwoSided((a.mean - b.mean) / Math.sqrt(pooled * (1 / a.count + 1 / b.count)), freedom);
}
