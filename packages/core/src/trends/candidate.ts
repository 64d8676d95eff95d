import { normalDensity, normalQuantileAbove } from "./distributions.ts";
import { mannWhitney } from "./mann-whitney.ts";
import { method } from "./method.ts";
import { median } from "./order-statistics.ts";

/** What speaks for a change at one place, from the stretches at both sides of it. */
export interface Evidence {
  /** The chance of values so far apart if the place had been chosen beforehand, and if it is the best of all places around it. */
  readonly pointwise: number;
  readonly p: number;
  readonly before: number;
  readonly after: number;
  readonly deviations: number;
  /** The bounded loss of a straight line through both sides over that of the step. */
  readonly lineOverStep: number;
}

export interface Surroundings {
  /** Of a single value around its level. */
  readonly deviation: number;
  /** Of each value's with the next one's. */
  readonly autocorrelation: number;
}

export function evidenceFor(before: Float64Array, after: Float64Array, { deviation, autocorrelation }: Surroundings): Evidence {
  const pointwise = mannWhitney(before, after).p;
  const [low, high] = [median(before), median(after)];
  const deviations = Math.abs(high - low) / deviation;
  const isClear = deviations >= method.clearDeviations;
  const inflation = isClear ? 1 : inflationOfMean(Math.min(before.length, after.length), autocorrelation);
  const z = normalQuantileAbove(Math.max(pointwise, 1e-300) / 2) / Math.sqrt(inflation);
  const all = new Float64Array(before.length + after.length);
  all.set(before);
  all.set(after, before.length);
  const bound = method.bound * deviation;
  const loss = (from: number, until: number, at: (index: number) => number) => {
    let sum = 0;
    for (let index = from; index < until; index += 1) sum += Math.min(bound, Math.abs((all[index] ?? 0) - at(index))) ** 2;
    return sum;
  };
  const step = loss(0, before.length, () => low) + loss(before.length, all.length, () => high);
  const line = lineThrough(all);
  const slope = loss(0, all.length, (index) => line.at + line.slope * index);
  return {
    pointwise,
    p: anywhere(z, Math.min(before.length, after.length) / all.length),
    before: low,
    after: high,
    deviations,
    lineOverStep: step === 0 ? (slope === 0 ? 1 : Infinity) : slope / step,
  };
}

/**
 * The chance that the largest of all two-sample statistics between the shares `edge` and 1 − `edge` of a sequence reaches z (R. Miller and
 * D. Siegmund, "Maximally Selected Chi Square Statistics", Biometrics 38, 1982).
 */
function anywhere(z: number, edge: number): number {
  if (z <= 1) return 1;
  const share = Math.min(edge, 0.25);
  const density = normalDensity(z);
  return Math.min(1, (4 * density) / z + density * (z - 1 / z) * 2 * Math.log((1 - share) / share));
}

/** A straight line that outliers do not move: through the medians of the outer thirds (J. W. Tukey, "Exploratory Data Analysis", 1977). */
function lineThrough(values: Float64Array): { readonly at: number; readonly slope: number } {
  const third = Math.max(1, Math.round(values.length / 3));
  const slope =
    (median(values.subarray(values.length - third)) - median(values.subarray(0, third))) / Math.max(1, values.length - third);
  return { at: median(values.map((value, index) => value - slope * index)), slope };
}

/** By how much values that are each like the one before make the variance of the mean of `count` of them larger. */
function inflationOfMean(count: number, autocorrelation: number): number {
  let sum = 1;
  let power = 1;
  for (let lag = 1; lag < count; lag += 1) {
    power *= autocorrelation;
    sum += 2 * (1 - lag / count) * power;
  }
  return sum;
}
