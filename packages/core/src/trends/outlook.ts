import type { SeriesAnalysis } from "./analysis.ts";
import { studentQuantile } from "./comparison.ts";
import { median, medianDeviation } from "./order-statistics.ts";
import { isUsable, type SeriesPoint } from "./series.ts";

/** What a point to come will be, as far as the newest level says. */
export interface OutlookPoint {
  /** How many points from now, from 1. */
  readonly ahead: number;
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** Where a series goes if nothing changes: on along its level, or along its drift. */
export interface Outlook {
  readonly kind: "level" | "drift";
  /** A point to come lies between its bounds with this probability, as long as nothing changes. */
  readonly level: 0.95;
  /** The next point, and so on to the last that is foretold. */
  readonly points: readonly OutlookPoint[];
}

/** Of fewer points nothing is foretold: even their noise is hardly known. */
const outlookPoints = 8;
/** So far ahead at most, and no further than a third of what the level was seen for. */
const farthest = 20;
/** The variance of a median over that of a mean, of normally distributed values. */
const medianVariance = Math.PI / 2;

/**
 * Foretells the next points: the median of the newest level, or the Theil-Sen line where it drifts. The bounds take in how much a single point
 * varies, how well the level is known from so many points that are partly alike, and, farther ahead, how well the slope is known. Undefined
 * where the newest level has fewer than eight points.
 */
export function outlookOf(points: readonly SeriesPoint[], analysis: SeriesAnalysis): Outlook | undefined {
  const segment = analysis.segments.at(-1);
  if (segment === undefined) return undefined;
  const offsets = new Map(analysis.machines?.machines.map(({ machine, offset }) => [machine, offset]));
  const values = points
    .slice(segment.from, segment.until)
    .filter(isUsable)
    .map(({ value, machine }) => value - (offsets.get(machine ?? "") ?? 0));
  const count = values.length;
  if (count < outlookPoints) return undefined;
  const { drift, noise } = analysis;
  const slope = drift?.slope ?? { estimate: 0, low: 0, high: 0 };
  const middle = (count - 1) / 2;
  const levels = values.map((value, index) => value - slope.estimate * (index - middle));
  const level = median(levels);
  // Where neighbours are alike, their differences know less of the spread than the distances from the level do; a slope is no part of it.
  const own = medianDeviation(levels, level);
  const deviation = drift === undefined ? Math.max(noise.deviation, own) : own;
  const apart = (1 - noise.autocorrelation) / (1 + noise.autocorrelation);
  const sureness = studentQuantile(Math.max(2, count * apart - 1));
  const ofPoint = sureness * deviation * Math.sqrt(1 + medianVariance / Math.max(1, count * apart));
  const steps = Math.max(1, Math.min(farthest, Math.floor(count / 3)));
  return {
    kind: drift === undefined ? "level" : "drift",
    level: 0.95,
    points: Array.from({ length: steps }, (_, step) => {
      const beyond = step + 1 + middle;
      const estimate = level + slope.estimate * beyond;
      return {
        ahead: step + 1,
        estimate,
        low: estimate - Math.hypot(ofPoint, (slope.estimate - slope.low) * beyond),
        high: estimate + Math.hypot(ofPoint, (slope.high - slope.estimate) * beyond),
      };
    }),
  };
}
