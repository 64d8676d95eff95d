import { expect, test } from "vitest";
import { allocate } from "../src/money.ts";
import { between, seeded } from "../src/random.ts";

const minors = (minor: number, weights: number[]): number[] =>
  allocate({ minor, currency: "EUR" }, weights).map((share) => share.minor);

test.each([
  { minor: 100, weights: [1, 1, 1], shares: [34, 33, 33] },
  { minor: 5, weights: [3, 7], shares: [2, 3] },
  { minor: 0, weights: [1, 2], shares: [0, 0] },
  { minor: 10, weights: [0, 1], shares: [0, 10] },
])("$minor by $weights is $shares", ({ minor, weights, shares }) => {
  expect(minors(minor, weights)).toEqual(shares);
});

test.each([[[]], [[0, 0]], [[1, -1]]])("weights %j are refused", (weights) => {
  expect(() => minors(100, weights)).toThrow(RangeError);
});

test("no cent is lost or made, and no share is a cent or more off: 60,000 random splits", () => {
  const random = seeded(3);
  for (let round = 0; round < 60_000; round += 1) {
    const minor = between(random, 0, 100_000);
    const weights = Array.from({ length: between(random, 1, 8) }, () => between(random, 1, 99));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const shares = minors(minor, weights);
    if (shares.reduce((total, share) => total + share, 0) !== minor) expect.fail(`${minor} by ${weights.join()}`);
    for (const [index, share] of shares.entries()) {
      if (Math.abs(share - (minor * (weights[index] ?? 0)) / sum) >= 1) expect.fail(`${minor} by ${weights.join()}`);
    }
  }
});
