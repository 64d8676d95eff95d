import { expect, test } from "vitest";
import { between, seeded } from "../src/random.ts";
import { bayesianMean, topRated, type Rated } from "../src/ranking.ts";

test("one five-star vote does not beat a hundred good ones", () => {
  const newcomer: Rated = { id: "new", stars: [0, 0, 0, 0, 1] };
  const proven: Rated = { id: "old", stars: [0, 0, 5, 35, 60] };
  expect(topRated([newcomer, proven], 2)).toEqual(["old", "new"]);
});

test("without votes the mean is three stars", () => expect(bayesianMean({ id: "x", stars: [0, 0, 0, 0, 0] })).toBe(3));

test.each([1, 10, 100])("the heap finds the same best %i of 60,000 as sorting them all", (limit) => {
  const random = seeded(limit);
  const votes = (): number => between(random, 0, 30);
  const products: Rated[] = Array.from({ length: 60_000 }, (_, index) => ({
    id: `p${index}`,
    stars: [votes(), votes(), votes(), votes(), votes()],
  }));
  const sorted = products.toSorted((a, b) => bayesianMean(b) - bayesianMean(a) || (a.id < b.id ? -1 : 1));
  expect(topRated(products, limit)).toEqual(sorted.slice(0, limit).map((product) => product.id));
});
