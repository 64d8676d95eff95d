import * as fc from "fast-check";
import { expect, test } from "vitest";
import { standingSchema } from "../model/health.ts";
import { type HealthInput, healthOf, standingAfter } from "./health.ts";
import { phi } from "./suspicion.ts";

const well: HealthInput = {
  attempts: Array.from({ length: 20 }, () => "good" as const),
  phi: 0,
  room: { memory_mib: 8000, disk_mib: 90_000 },
  breaker: { phase: "closed", opens: 0 },
  pace: 1,
};
const threshold = 70;
const scoreOf = (changes: Partial<HealthInput>) => healthOf({ ...well, ...changes }).score;

test("a worker about which there is nothing to say has 100, a new one too", () => {
  expect(scoreOf({})).toBe(100);
  expect(scoreOf({ attempts: [], room: undefined })).toBe(100);
});

test("whatever is at its worst stops a worker, but for being slow", () => {
  const bad = Array.from({ length: 20 }, () => "bad" as const);
  expect(scoreOf({ attempts: bad })).toBeLessThan(threshold);
  expect(scoreOf({ phi: 8 })).toBeLessThan(threshold);
  expect(scoreOf({ room: { memory_mib: 100, disk_mib: 90_000 } })).toBeLessThan(threshold);
  expect(scoreOf({ room: { memory_mib: 8000, disk_mib: 100 } })).toBeLessThan(threshold);
  expect(scoreOf({ pace: 100 })).toBe(85);
  expect(scoreOf({ pace: 100, breaker: { phase: "half-open", opens: 1 } })).toBeLessThan(threshold);
});

test("one failure of a new worker does not, nor do a few of a busy one", () => {
  expect(scoreOf({ attempts: ["bad"] })).toBeGreaterThanOrEqual(threshold);
  expect(scoreOf({ attempts: [...well.attempts.slice(4), "bad", "doubtful", "bad", "doubtful"] })).toBeGreaterThanOrEqual(
    threshold,
  );
});

const inputs: fc.Arbitrary<HealthInput> = fc.record({
  attempts: fc.array(fc.constantFrom("good" as const, "doubtful" as const, "bad" as const), { maxLength: 20 }),
  phi: fc.double({ min: 0, max: 50, noNaN: true }),
  room: fc.option(fc.record({ memory_mib: fc.nat(10_000), disk_mib: fc.nat(10_000) }), { nil: undefined }),
  breaker: fc.record({ phase: fc.constantFrom("closed" as const, "open" as const, "half-open" as const), opens: fc.nat(10) }),
  pace: fc.double({ min: 0.01, max: 1000, noNaN: true }),
});

test("the score is 100 less what its terms cost, never beyond 0 to 100, and no term costs more than it may", () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const { score, terms } = healthOf(input);
      const cost = terms.reduce((sum, term) => sum + term.cost, 0);
      expect(score).toBe(Math.max(0, Math.round(100 - cost)));
      for (const term of terms) expect(term.cost >= 0 && term.cost <= term.most).toBe(true);
    }),
  );
});

test("nothing that gets worse makes a score better", () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const { score } = healthOf(input);
      expect(healthOf({ ...input, phi: input.phi + 1 }).score).toBeLessThanOrEqual(score);
      expect(healthOf({ ...input, pace: input.pace + 1 }).score).toBeLessThanOrEqual(score);
      expect(healthOf({ ...input, attempts: input.attempts.map(() => "bad") }).score).toBeLessThanOrEqual(score);
    }),
  );
});

test("no worker goes from unwell to well without probation, and none above the threshold stays unwell", () => {
  fc.assert(
    fc.property(fc.constantFrom(...standingSchema.options), fc.nat(100), fc.boolean(), (standing, score, isProven) => {
      const next = standingAfter(standing, { score, threshold, isProven });
      expect(next === "unwell").toBe(score < threshold);
      if (standing === "unwell") expect(next).not.toBe("well");
      if (standing === "well" && score >= threshold) expect(next).toBe("well");
    }),
  );
});

test("suspicion grows with the silence, the sooner the more regular the heartbeats were", () => {
  const regular = Array.from({ length: 20 }, (_, index) => 3000 + (index % 2) * 20);
  const jumpy = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 1000 : 5000));
  expect(phi(regular, 3000)).toBeLessThan(1);
  expect(phi(regular, 4000)).toBeLessThan(2);
  expect(phi(regular, 8000)).toBeGreaterThan(8);
  expect(phi(jumpy, 8000)).toBeLessThan(3);
  expect(phi(regular.slice(0, 4), 100_000)).toBe(0);
  expect(phi(regular, 1e9)).toBeGreaterThan(1000);
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 1, max: 60_000, noNaN: true }), { minLength: 5 }),
      fc.nat(100_000),
      (intervals, silent_ms) => {
        const now = phi(intervals, silent_ms);
        expect(now).toBeGreaterThanOrEqual(0);
        expect(phi(intervals, silent_ms + 1000)).toBeGreaterThanOrEqual(now);
      },
    ),
  );
});
