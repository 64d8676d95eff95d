const halfLogOfTwoPi = 0.5 * Math.log(2 * Math.PI);
/** From here on the series is exact to all digits. */
const seriesFrom = 12;
const stepsLimit = 10_000;
const precision = 1e-15;
const tiny = 1e-300;
const bisections = 200;

/** The natural logarithm of the gamma function, for x > 0: Stirling's series (DLMF 5.11.1), after Γ(x + 1) = x Γ(x) has made x large. */
function logGamma(x: number): number {
  let shift = 0;
  let large = x;
  for (; large < seriesFrom; large += 1) shift += Math.log(large);
  const inverse = 1 / large;
  const square = inverse * inverse;
  const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188))));
  return (large - 0.5) * Math.log(large) - large + halfLogOfTwoPi + series - shift;
}

/**
 * The regularised incomplete beta function: the chance that a value with the distribution Beta(a, b) is at most x. By its continued
 * fraction (DLMF 8.17.22), evaluated from the front (Lentz 1976), on the side of the mean where that converges fast.
 */
export function betaProbability(a: number, b: number, x: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - betaProbability(b, a, 1 - x);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b)) / a;
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= stepsLimit; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    fraction *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    fraction *= c * d;
    if (Math.abs(c * d - 1) < precision) break;
  }
  return front * fraction;
}

/** The value below which Beta(a, b) lies with this probability, by bisection. */
export function betaQuantile(a: number, b: number, probability: number): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < bisections; step += 1) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (betaProbability(a, b, middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function awayFromZero(value: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}
