import { theilSen } from "../resilience/theil-sen.ts";
import type { BaselineShift, Drift, Interval } from "./analysis.ts";
import { hodgesLehmann } from "./hodges-lehmann.ts";
import { judge } from "./judgement.ts";
import { mannKendall } from "./mann-kendall.ts";
import { mannWhitney } from "./mann-whitney.ts";
import { method } from "./method.ts";
import { median } from "./order-statistics.ts";

export interface DriftInput {
  readonly values: Float64Array;
  readonly from: number;
  readonly autocorrelation: number;
  readonly minimumEffect: number;
  readonly better: "lower" | "higher";
}

/** Sureness of an interval that holds in 95 of 100. */
const sureness = 1.96;
const level = 0.95;

/**
 * Whether the last stretch of a series drifts: its Theil-Sen slope, if Mann and Kendall's test finds that it rises or falls and it has moved by
 * the least effect. Of many points groups of neighbours are taken by their medians.
 */
export function driftOf({ values, from, autocorrelation, minimumEffect, better }: DriftInput): Drift | undefined {
  const until = values.length;
  if (until - from < method.driftPoints) return undefined;
  const size = Math.ceil((until - from) / method.driftBins);
  const points: { at_ms: number; value: number }[] = [];
  for (let at = from; at < until; at += size) {
    const group = values.subarray(at, Math.min(until, at + size));
    points.push({ at_ms: at + (group.length - 1) / 2, value: median(group) });
  }
  const alike = autocorrelation ** size;
  const binned = points.map(({ value }) => value);
  const { p } = mannKendall(binned, (1 + alike) / (1 - alike));
  if (p > method.driftSignificance) return undefined;
  const line = theilSen(points, sureness);
  if (line === undefined || line.from * line.until <= 0) return undefined;
  const last = points.at(-1)?.at_ms ?? from;
  const begin = line.end - line.slope * (last - from);
  const moved = until - 1 - from;
  const share = (slope: number) => (begin === 0 ? Number.NaN : (slope * moved) / Math.abs(begin));
  const relative: Interval = { estimate: share(line.slope), low: share(line.from), high: share(line.until), level };
  if (Math.abs(relative.estimate) < minimumEffect) return undefined;
  const slope: Interval = { estimate: line.slope, low: line.from, high: line.until, level };
  return { from, until, slope, relative, p, ...judge(line.slope, better) };
}

/**
 * The newest points beside the oldest: many changes, each too small to be told, add up to what this shows. Told only where all that was told
 * in between does not account for it.
 * @param told the sum of the shifts of the changes that were told
 */
export function baselineShift(
  { values, minimumEffect, better }: Omit<DriftInput, "from">,
  told: number,
): BaselineShift | undefined {
  const size = method.baselinePoints;
  if (values.length < 3 * size) return undefined;
  const [old, fresh] = [values.subarray(0, size), values.subarray(values.length - size)];
  const level_then = Math.abs(median(old));
  const beyond = fresh.map((value) => value - told);
  const { p } = mannWhitney(old, beyond);
  const shift = hodgesLehmann(old, beyond);
  if (p > method.driftSignificance || level_then === 0 || Math.abs(shift.estimate) < minimumEffect * level_then) return undefined;
  const share = (value: number) => (value + told) / level_then;
  return {
    baseline: { from: 0, until: size },
    newest: { from: values.length - size, until: values.length },
    relative: { estimate: share(shift.estimate), low: share(shift.low), high: share(shift.high), level: shift.level },
    p,
    ...judge(shift.estimate + told, better),
  };
}
