import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type CaseAttempt, credibility, flakinessHalfLife_ms, flakinessOf, flakinessPrior, flipPosterior } from "./flakiness.ts";
import { betaProbability } from "./beta.ts";

const day_ms = 86_400_000;
const now_ms = 1000 * day_ms;

const observations = fc.array(fc.record({ at_ms: fc.integer({ min: 0, max: now_ms }), flipped: fc.boolean() }), {
  maxLength: 60,
});

function attempt(sketch: Partial<CaseAttempt> & Pick<CaseAttempt, "run" | "passed">): CaseAttempt {
  const began_ms = sketch.began_ms ?? now_ms - day_ms;
  const worker = sketch.worker ?? "w1";
  return { code: sketch.run, began_ms, ended_ms: began_ms + 1000, worker, values: { worker }, ...sketch };
}

test("without evidence the posterior is the prior, of which the mean is 2 %", () => {
  const { alpha, beta, mean } = flipPosterior([], now_ms);
  expect({ alpha, beta }).toEqual(flakinessPrior);
  expect(mean).toBeCloseTo(0.02, 12);
});

test("evidence of today counts in full, that of a half-life ago for half", () => {
  const fresh = flipPosterior([{ at_ms: now_ms, flipped: true }], now_ms);
  const old = flipPosterior([{ at_ms: now_ms - flakinessHalfLife_ms, flipped: false }], now_ms);
  expect(fresh.alpha).toBe(flakinessPrior.alpha + 1);
  expect(old.beta).toBe(flakinessPrior.beta + 0.5);
  // A coordinator whose clock was set back sees evidence from its future.
  expect(flipPosterior([{ at_ms: now_ms + day_ms, flipped: true }], now_ms).alpha).toBe(fresh.alpha);
});

test("five flips in twenty runs of today lie above 5 % as good as surely, one of twenty does not", () => {
  const runs = (flips: number) => Array.from({ length: 20 }, (_, place) => ({ at_ms: now_ms, flipped: place < flips }));
  expect(flipPosterior(runs(5), now_ms).low).toBeGreaterThan(0.05);
  expect(flipPosterior(runs(1), now_ms).low).toBeLessThan(0.05);
});

test("a further flip makes a test flakier in every respect, a further good run less so", () => {
  fc.assert(
    fc.property(observations, fc.integer({ min: now_ms - 200 * day_ms, max: now_ms }), (known, at_ms) => {
      const before = flipPosterior(known, now_ms);
      const worse = flipPosterior([...known, { at_ms, flipped: true }], now_ms);
      const better = flipPosterior([...known, { at_ms, flipped: false }], now_ms);
      for (const part of ["mean", "low", "high"] as const) {
        expect(worse[part]).toBeGreaterThan(before[part]);
        expect(better[part]).toBeLessThan(before[part]);
      }
    }),
  );
});

test("the interval holds the mean, and as much of the distribution as it says", () => {
  fc.assert(
    fc.property(observations, (known) => {
      const { alpha, beta, mean, low, high } = flipPosterior(known, now_ms);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
      expect(low).toBeLessThan(mean);
      expect(mean).toBeLessThan(high);
      expect(betaProbability(alpha, beta, high) - betaProbability(alpha, beta, low)).toBeCloseTo(credibility, 6);
    }),
  );
});

test("old evidence fades: the later one asks, the nearer the prior", () => {
  fc.assert(
    fc.property(observations, fc.integer({ min: 1, max: 400 }), (known, days) => {
      const distance = (at_ms: number) => {
        const { alpha, beta } = flipPosterior(known, at_ms);
        return alpha - flakinessPrior.alpha + beta - flakinessPrior.beta;
      };
      expect(distance(now_ms + days * day_ms)).toBeLessThanOrEqual(distance(now_ms));
      expect(distance(now_ms + 100 * flakinessHalfLife_ms)).toBeLessThan(1e-6);
    }),
  );
});

test("the order in which runs are told makes no difference", () => {
  fc.assert(
    fc.property(observations, (known) => {
      const one = flipPosterior(known, now_ms);
      const other = flipPosterior(known.toReversed(), now_ms);
      expect(other.mean).toBeCloseTo(one.mean, 10);
    }),
  );
});

test("a case that fails and passes in one run flips once, however often it is tried", () => {
  const attempts = [
    attempt({ run: "a", passed: false }),
    attempt({ run: "a", passed: false, began_ms: now_ms - day_ms + 2000 }),
    attempt({ run: "a", passed: true, began_ms: now_ms - day_ms + 4000 }),
    attempt({ run: "b", passed: true }),
  ];
  expect(flakinessOf(attempts, now_ms)).toMatchObject({ flips: 1, observations: 2, last_flip_ms: now_ms - day_ms + 3000 });
});

test("a run that only failed flips where another run of the same code passed", () => {
  const attempts = [attempt({ run: "a", code: "c1", passed: false }), attempt({ run: "b", code: "c1", passed: true })];
  expect(flakinessOf(attempts, now_ms)).toMatchObject({ flips: 1, observations: 2 });
});

test("code that never passed says nothing: broken is not flaky", () => {
  const broken = ["a", "b", "c"].map((run) => attempt({ run, code: "broken", passed: false }));
  expect(flakinessOf(broken, now_ms)).toBeUndefined();
  expect(flakinessOf([...broken, attempt({ run: "d", code: "mended", passed: true })], now_ms)).toBeUndefined();
  const flaky = [...broken, attempt({ run: "d", code: "e", passed: false }), attempt({ run: "e", code: "e", passed: true })];
  expect(flakinessOf(flaky, now_ms)).toMatchObject({ flips: 1, observations: 2 });
});

test("flips that fall on one worker are put down to it, scattered ones to none", () => {
  const runs = Array.from({ length: 60 }, (_, index) => index);
  const on = (isBad: (index: number) => boolean) =>
    flakinessOf(
      runs.flatMap((index) => {
        const began_ms = now_ms - (60 - index) * 60_000;
        const common = { run: `r${index}`, worker: `gpu-${index % 4}`, began_ms };
        const again = { ...common, worker: "cpu-1", began_ms: began_ms + 2000, passed: true };
        return isBad(index) ? [attempt({ ...common, passed: false }), attempt(again)] : [attempt({ ...common, passed: true })];
      }),
      now_ms,
    );
  expect(on((index) => index % 4 === 3)?.association).toMatchObject({
    attribute: "worker",
    value: "gpu-3",
    here: { failed: 15, of: 15 },
    elsewhere: { failed: 0, of: 45 },
    again: { passed: 15, failed: 0 },
  });
  const scattered = on((index) => index % 5 === 2);
  expect(scattered?.flips).toBe(12);
  expect(scattered?.association).toBeUndefined();
});
