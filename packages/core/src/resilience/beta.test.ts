import { expect, test } from "vitest";
import { betaProbability, betaQuantile } from "./beta.ts";

/** `scipy.special.betainc(a, b, x)` of SciPy 1.17.1. */
const probabilities = [
  [0.2, 9.8, 0.001, 0.427667485663141],
  [0.2, 9.8, 0.02, 0.7578084500770833],
  [0.2, 9.8, 0.3, 0.9975964488948538],
  [1.2, 9.8, 0.1, 0.5638032934218197],
  [3.2, 26.8, 0.1, 0.5149877353592048],
  [5.2, 24.8, 0.5, 0.9999263183310041],
  [0.2, 1009.8, 0.0001, 0.677213492720773],
  [50.2, 959.8, 0.05, 0.5345886554336021],
  [500.2, 10.8, 0.97, 0.09110316737518558],
  [2, 3, 0.4, 0.5247999999999999],
  [0.5, 0.5, 0.25, 0.33333333333333337],
  [1000.2, 1000.8, 0.5, 0.5053519886674658],
] as const;

/** `scipy.stats.beta.ppf(p, a, b)`. */
const quantiles = [
  [0.2, 9.8, 0.05, 2.168395684923584e-8],
  [0.2, 9.8, 0.95, 0.10375227377306459],
  [1.2, 9.8, 0.05, 0.009366299700584226],
  [1.2, 9.8, 0.95, 0.2888232191088017],
  [3.2, 26.8, 0.05, 0.03252037498170795],
  [3.2, 26.8, 0.95, 0.21070886563529997],
  [5.2, 24.8, 0.05, 0.07510416658561735],
  [50.2, 959.8, 0.95, 0.0614304963541103],
  [0.2, 1009.8, 0.95, 0.001020408021221754],
  [500.2, 10.8, 0.05, 0.9674537605629767],
] as const;

test.each(probabilities)("the chance that Beta(%d, %d) is at most %d is SciPy's", (a, b, x, expected) => {
  expect(betaProbability(a, b, x) / expected).toBeCloseTo(1, 10);
});

test.each(quantiles)("the quantile of Beta(%d, %d) at %d is SciPy's", (a, b, probability, expected) => {
  expect(betaQuantile(a, b, probability) / expected).toBeCloseTo(1, 8);
});

test("outside of the interval nothing or all lies below", () => {
  expect([betaProbability(2, 3, -1), betaProbability(2, 3, 0), betaProbability(2, 3, 1), betaProbability(2, 3, 7)]).toEqual([
    0, 0, 1, 1,
  ]);
});
