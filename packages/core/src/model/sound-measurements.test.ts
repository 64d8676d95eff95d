import { expect, test } from "vitest";
import { soundMeasurements, withSoundMeasurements } from "./sound-measurements.ts";

const metric = (name: string, value: unknown) => ({ name, value, unit: "ms", better: "lower" });

test("what is not finite or beyond a limit is left out by its name, and the rest is kept", () => {
  const { metrics, computed, dropped } = soundMeasurements({
    metrics: [metric("good", 1), metric("nan", Number.NaN), metric("null", null), metric("n".repeat(200), 1), "what?"],
    computed: [
      { name: "good", values: [1], tolerance: { absolute: 0, relative: 0 } },
      { name: "far", values: [1, Number.POSITIVE_INFINITY], tolerance: { absolute: 0, relative: 0 } },
    ],
  });
  expect(metrics?.map(({ name }) => name)).toEqual(["good"]);
  expect(computed?.map(({ name }) => name)).toEqual(["good"]);
  expect(dropped).toEqual([
    'the metric "nan": value: not a finite number',
    'the metric "null": value: not a finite number',
    expect.stringMatching(/^the metric "n{128}": name: /),
    expect.stringMatching(/^the metric "\(without a name\)": it: /),
    'the computed value "far": values.1: not a finite number',
  ]);
});

test("of too many the first are kept, and what is named has a limit too", () => {
  const many = soundMeasurements({ metrics: Array.from({ length: 130 }, (_, index) => metric(`m${index}`, index)) });
  expect([many.metrics?.length, many.dropped]).toEqual([128, ["2 metrics beyond the 128 that a case may bring"]]);
  const bad = soundMeasurements({ metrics: Array.from({ length: 50 }, (_, index) => metric(`m${index}`, null)) });
  expect([bad.metrics, bad.dropped.length, bad.dropped.at(-1)]).toEqual([undefined, 9, "and 42 more"]);
});

test("a case without measurements is the same object, and one whose lists are none loses them", () => {
  const plain = { path: ["a"] };
  expect(withSoundMeasurements(plain).result).toBe(plain);
  expect(withSoundMeasurements({ path: ["a"], metrics: 5 })).toEqual({
    result: { path: ["a"] },
    dropped: ["all of what it measured: it is no list"],
  });
});
