import { expect, test } from "vitest";
import { excusedUnits, massFailures } from "./mass-failure.ts";
import { attemptOf, seeded, type AttemptSketch } from "./observations.test-data.ts";
import { massFailureSentence } from "./sentence.ts";

const sentencesOf = (sketches: readonly AttemptSketch[]) => massFailures(sketches.map(attemptOf)).map(massFailureSentence);
const excusedOf = (sketches: readonly AttemptSketch[]) => {
  const observations = sketches.map(attemptOf);
  return [...excusedUnits(observations, massFailures(observations))].sort();
};

/** Two suites on four workers, a test a second on each. */
function run(count: number, change: (sketch: AttemptSketch) => Partial<AttemptSketch> = () => ({})): AttemptSketch[] {
  return Array.from({ length: count }, (_, unit) => {
    const sketch = {
      unit,
      worker: `w-${unit % 4}`,
      at_s: 2 * Math.floor(unit / 4),
      suite: unit % 3 === 0 ? "api" : "web",
    };
    return { ...sketch, ...change(sketch) };
  });
}
const again = (sketches: readonly AttemptSketch[], failed?: string): AttemptSketch[] => [
  ...sketches,
  ...sketches
    .filter((sketch) => sketch.failed !== undefined)
    .map(({ unit, suite = "web" }) => ({ unit, suite, worker: "w-0", at_s: 300 + unit, first: false, failed })),
];
const refused = (from_s: number, to_s: number) =>
  run(160, ({ at_s, unit }) =>
    at_s >= from_s && at_s < to_s && unit % 2 === 0 ? { failed: `refused-${unit % 3}`, environmental: true } : {},
  );

test("a service that is away for a while is recognised, and what passed afterwards is not flaky", () => {
  const sketches = again(refused(30, 40));
  expect(sentencesOf(sketches)).toEqual([
    "10 of 19 tests that ran at 14:00 UTC failed at once, in 2 suites on 2 workers; 10 passed when run again: likely the infrastructure, not the tests",
  ]);
  expect(excusedOf(sketches)).toHaveLength(10);
});

test("a test that also failed by itself stays flaky", () => {
  const sketches = again(refused(30, 40));
  const victim = sketches.find(({ failed }) => failed !== undefined);
  if (victim === undefined) throw new Error("none failed");
  const own = { ...victim, at_s: 200, first: false, failed: "own", environmental: false };
  const unit = `${victim.suite}:${victim.unit}`;
  expect(excusedOf(sketches)).toContain(unit);
  expect(excusedOf([...sketches, own])).not.toContain(unit);
  expect(excusedOf([...sketches, own])).toHaveLength(9);
});

test("what never passed is told, and excuses nobody", () => {
  const sketches = refused(30, 40);
  expect(sentencesOf(sketches)).toEqual([
    "10 of 19 tests that ran at 14:00 UTC failed at once, in 2 suites on 2 workers: likely the infrastructure",
  ]);
  expect(excusedOf(sketches)).toEqual([]);
});

test("broken code fails in many places at once, too, and fails again: that is no matter of the infrastructure", () => {
  const broken = run(100, ({ unit }) => (unit % 2 === 0 ? { failed: "f1" } : {}));
  expect(sentencesOf(again(broken, "f1"))).toEqual([]);
  // Had they passed when run again with the same code, it would be.
  expect(sentencesOf(again(broken))).toHaveLength(1);
});

test("a machine on which everything fails is recognised when the same tests pass elsewhere", () => {
  const sick = run(100, ({ worker, at_s }) => (worker === "w-3" && at_s >= 30 ? { failed: "cuda" } : {}));
  expect(sentencesOf(again(sick))).toEqual([
    "10 of 10 tests that ran at 14:00 UTC failed at once on worker w-3; 10 passed when run again: likely the machine, not the tests",
  ]);
  expect(excusedOf(again(sick))).toHaveLength(10);
});

test("that a sick machine fails the same tests again says nothing for it, that they fail elsewhere does", () => {
  const sick = run(100, ({ worker, at_s }) => (worker === "w-3" && at_s >= 30 ? { failed: "cuda" } : {}));
  const failing = sick.filter(({ failed }) => failed !== undefined);
  const there = failing.map((sketch) => ({ ...sketch, at_s: 100 + sketch.unit, first: false }));
  const elsewhere = (count: number, failed?: string) =>
    failing.slice(0, count).map((sketch) => ({ ...sketch, worker: "w-0", at_s: 400 + sketch.unit, first: false, failed }));
  expect(sentencesOf([...sick, ...there, ...elsewhere(4)])).toEqual([
    "10 of 10 tests that ran from 14:00 to 14:03 UTC failed at once on worker w-3; 4 passed when run again: likely the machine, not the tests",
  ]);
  expect(excusedOf([...sick, ...there, ...elsewhere(4)])).toHaveLength(4);
  expect(sentencesOf([...sick, ...there, ...elsewhere(2)])).toEqual([]);
  expect(sentencesOf([...sick, ...there, ...elsewhere(4, "cuda")])).toEqual([]);
});

test("a few refused connections here and there are no mass failure", () => {
  const scattered = run(400, ({ unit }) => (unit % 40 === 7 ? { failed: "f1", environmental: true } : {}));
  expect(sentencesOf(again(scattered))).toEqual([]);
  const few = run(100, ({ unit }) => (unit < 4 ? { failed: "f1", environmental: true } : {}));
  expect(sentencesOf(again(few))).toEqual([]);
});

test("flaky tests of unlike causes are never excused, whenever they fail", () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = seeded(seed);
    const flaky = run(120, ({ unit }) => (random() < 0.15 ? { failed: `own-${unit}` } : {}));
    expect(excusedOf(again(flaky)), `seed ${seed}`).toEqual([]);
  }
});
