import { expect, test } from "vitest";
import { between, pick, seeded } from "../src/random.ts";
import { correct, distance } from "../src/spelling.ts";

const words = ["kettle", "teapot", "saucer", "candle", "cradle", "handle", "basket", "blanket"];

test.each([
  ["kitten", "sitting", 3],
  ["", "abc", 3],
  ["same", "same", 0],
])("%j is %j after %i errors", (left, right, errors) => {
  expect(distance(left, right)).toBe(errors);
});

test.each([
  ["ketle", "kettle"],
  ["blankett", "blanket"],
  ["xylophone", undefined],
])("%s is corrected to %s", (typed, word) => {
  expect(correct(typed, words)).toBe(word);
});

test("distance is a metric: 12,000 random triples", () => {
  const random = seeded(5);
  const any = (): string => Array.from({ length: between(random, 0, 9) }, () => pick(random, [..."abc"])).join("");
  for (let round = 0; round < 12_000; round += 1) {
    const [a, b, c] = [any(), any(), any()];
    if (distance(a, b) !== distance(b, a)) expect.fail(`${a} and ${b}: not symmetric`);
    if (distance(a, c) > distance(a, b) + distance(b, c)) expect.fail(`${a}, ${b} and ${c}: a detour is shorter`);
    if ((distance(a, b) === 0) !== (a === b)) expect.fail(`${a} and ${b}`);
  }
});
