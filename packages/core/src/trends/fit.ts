import { method } from "./method.ts";
import { autocorrelationOf, deviationOf } from "./scale.ts";
import { Segmentation } from "./segmentation.ts";
import { residualsOf, stretchesOf } from "./stretches.ts";

/** What a stretch of a series says of its noise: the deviation of a single value, and how much each is like the one before. */
export interface Fit {
  readonly deviation: number;
  readonly autocorrelation: number;
}

export function fitTo(values: Float64Array): Fit {
  const deviation = deviationOf(values, method.leastShareOfSpread);
  if (deviation === 0) return { deviation, autocorrelation: 0 };
  const changes = cut(values, values, { deviation, penalty: method.penalty * Math.log(values.length) }).changes();
  const residuals = residualsOf(values, stretchesOf(values, changes));
  const raw = autocorrelationOf(residuals, method.bound * deviation);
  const n = values.length;
  if (raw < method.autocorrelationFrom / Math.sqrt(n)) return { deviation, autocorrelation: method.unknownAutocorrelation / n };
  // Residuals are less alike than the noise is, by so much for each level taken off (F. H. C. Marriott and J. A. Pope, Biometrika 41, 1954).
  const biased = ((1 + 3 * raw) * (changes.length + 1)) / n;
  return { deviation, autocorrelation: Math.max(0, Math.min(method.mostAutocorrelation, raw + biased)) };
}

export function cut(
  values: Float64Array,
  around: Float64Array,
  { deviation, penalty }: { readonly deviation: number; readonly penalty: number },
): Segmentation {
  const { bound, levelStep: step, levelsLimit: limit } = method;
  const segmentation = new Segmentation(around, { deviation, bound, penalty, step, limit });
  for (const value of values) segmentation.push(value);
  return segmentation;
}

export function penaltyOf({ autocorrelation }: Fit, count: number): number {
  return (method.penalty * Math.log(count) * (1 + autocorrelation)) / (1 - autocorrelation);
}
