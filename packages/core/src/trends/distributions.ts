import { betaProbability } from "../resilience/beta.ts";

const rootOfTwoPi = Math.sqrt(2 * Math.PI);
/** Below this the series converges fast, above it the continued fraction. */
const seriesUntil = 3;
const fractionTerms = 60;

/** The density of the standard normal distribution. */
export function normalDensity(z: number): number {
  return Math.exp(-0.5 * z * z) / rootOfTwoPi;
}

/**
 * The chance that a standard normal value is above z: by its series around 0 (G. Marsaglia, "Evaluating the Normal Distribution",
 * Journal of Statistical Software 11, 2004) or, far out, its continued fraction (Laplace; DLMF 7.9).
 */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  if (z < seriesUntil) {
    let term = z;
    let sum = z;
    for (let k = 3; Math.abs(term) > 1e-17 * sum; k += 2) {
      term *= (z * z) / k;
      sum += term;
    }
    return 0.5 - sum * normalDensity(z);
  }
  let fraction = 0;
  for (let k = fractionTerms; k >= 1; k -= 1) fraction = k / (z + fraction);
  return normalDensity(z) / (z + fraction);
}

/**
 * The z above which a standard normal value lies with the chance p, for 0 < p < 1: a rational start, then Halley’s steps.
 */
export function normalQuantileAbove(p: number): number {
  if (p > 0.5) return -normalQuantileAbove(1 - p);
  const t = Math.sqrt(-2 * Math.log(Math.max(p, Number.MIN_VALUE)));
  // Abramowitz and Stegun 26.2.23, good to 4.5e-4.
  let z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let step = 0; step < 3; step += 1) {
    const density = normalDensity(z);
    if (density === 0) break;
    const error = (normalTail(z) - p) / density;
    z += error / (1 - (z * error) / 2);
  }
  return z;
}

/** The chance that the size of a value with Student's t distribution is at least |t|: an incomplete beta function (DLMF 8.17). */
export function studentTwoSided(t: number, freedom: number): number {
  if (!Number.isFinite(t)) return 0;
  return betaProbability(freedom / 2, 0.5, freedom / (freedom + t * t));
}
