import { median, medianDeviation, normalScale } from "./order-statistics.ts";
import { momentsOf } from "./welch.ts";

/**
 * The standard deviation of a single value around its level, whatever levels there are: from the differences of neighbours, of which a
 * change spoils only one (J. von Neumann et al., Annals of Mathematical Statistics 12, 1941; by the median absolute deviation here).
 * Values of which most equal the one before are given the mean difference instead.
 */
export function deviationOf(values: ArrayLike<number>, leastShareOfSpread: number): number {
  if (values.length < 3) return 0;
  const differences = new Float64Array(values.length - 1);
  let sum = 0;
  for (let index = 0; index + 1 < values.length; index += 1) {
    differences[index] = Math.abs((values[index + 1] ?? 0) - (values[index] ?? 0));
    sum += differences[index] ?? 0;
  }
  const typical = normalScale * median(differences);
  const near = (typical === 0 ? sum / differences.length : typical) / Math.SQRT2;
  return Math.max(near, leastShareOfSpread * spreadOf(values));
}

/** The standard deviation of all values, those far out counted no further than six robust deviations. */
function spreadOf(values: ArrayLike<number>): number {
  const middle = median(values);
  const reach = 6 * medianDeviation(values, middle);
  if (reach === 0) return Math.sqrt(momentsOf(values).variance);
  return Math.sqrt(
    momentsOf(Float64Array.from(values, (value) => Math.max(middle - reach, Math.min(middle + reach, value)))).variance,
  );
}

/** How much each residual is like the one before: their correlation, those far out counted no further than the bound. */
export function autocorrelationOf(residuals: ArrayLike<number>, bound: number): number {
  const n = residuals.length;
  if (n < 4) return 0;
  const limited = Float64Array.from(residuals, (value) => Math.max(-bound, Math.min(bound, value)));
  const mean = momentsOf(limited).mean;
  let together = 0;
  let alone = 0;
  for (let index = 0; index < n; index += 1) {
    const off = (limited[index] ?? 0) - mean;
    alone += off * off;
    if (index > 0) together += off * ((limited[index - 1] ?? 0) - mean);
  }
  return alone === 0 ? 0 : together / alone;
}
