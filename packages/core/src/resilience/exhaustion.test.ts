import { expect, test } from "vitest";
import { type Supply, newSupply, supplyTermsFor, withReading } from "./exhaustion.ts";

const terms = supplyTermsFor("memory", 3000);
const minute_ms = 60_000;

/** Readings every three seconds. @returns what is known at the end, and each moment at which something was foretold */
function play(minutes: number, left: (at_min: number) => number): { supply: Supply; foretold_ms: number[] } {
  let supply = newSupply;
  const foretold_ms: number[] = [];
  for (let at_ms = 0; at_ms <= minutes * minute_ms; at_ms += 3000) {
    supply = withReading(supply, at_ms, left(at_ms / minute_ms), terms);
    if (supply.foretold !== undefined) foretold_ms.push(at_ms);
  }
  return { supply, foretold_ms };
}

test("an even leak is foretold before its end, and when that will be", () => {
  const { supply, foretold_ms } = play(19, (at) => 8128 - 400 * at);
  // Used up after 20 minutes.
  expect(foretold_ms[0]).toBeLessThan(19 * minute_ms);
  const { earliest_ms, likely_ms, latest_ms } = supply.foretold!;
  expect(likely_ms / minute_ms).toBeCloseTo(20, 0);
  expect(earliest_ms).toBeLessThanOrEqual(20.3 * minute_ms);
  expect(latest_ms).toBeGreaterThanOrEqual(19.7 * minute_ms);
});

test.each([
  ["stays as it is", () => 3000],
  ["rises", (at: number) => 500 + 10 * at],
  ["has more than enough left", (at: number) => 8000 - 30 * at],
  ["levels off", (at: number) => 1300 + 6700 * Math.exp(-at / 4)],
  ["is used for a moment, again and again", (at: number) => (Math.floor(at * 20) % 3 === 0 ? 4000 : 200)],
])("nothing is foretold of what %s", (_, left) => {
  expect(play(60, left).foretold_ms).toEqual([]);
});

test("what is freed again is foretold once at most, and never after it has been freed", () => {
  const { foretold_ms } = play(90, (at) => 8000 - 500 * (at % 15));
  expect(foretold_ms.filter((at_ms) => at_ms > 15.5 * minute_ms)).toEqual([]);
});

test("what was foretold is taken back when it has recovered", () => {
  const { supply, foretold_ms } = play(30, (at) => (at < 19.5 ? 8128 - 400 * at : 8000));
  expect(foretold_ms.length).toBeGreaterThan(0);
  expect(foretold_ms.at(-1)).toBeLessThan(20 * minute_ms);
  expect(supply.foretold).toBeUndefined();
});

test("it comes to the same with heartbeats of another pace, in time as in size", () => {
  const quick = supplyTermsFor("memory", 300);
  let supply = newSupply;
  for (let at_ms = 0; at_ms <= 1.9 * minute_ms; at_ms += 300)
    supply = withReading(supply, at_ms, 8128 - (4000 * at_ms) / minute_ms, quick);
  expect(supply.foretold!.likely_ms / minute_ms).toBeCloseTo(2, 1);
});
