import { expect, test } from "vitest";
import { countFacet, select, type Item } from "../src/facets.ts";
import { pick, seeded } from "../src/random.ts";

const random = seeded(61);
const values = { colour: ["red", "blue", "green"], size: ["S", "M", "L"], brand: ["Alto", "Brio", "Cora", "Duo"] };
const items: Item[] = Array.from({ length: 6_000 }, () =>
  Object.fromEntries(Object.entries(values).map(([name, choices]) => [name, pick(random, choices)])),
);

test("an empty choice filters nothing", () => expect(select(items, { colour: [] })).toHaveLength(items.length));

test("a facet's own choice does not narrow its counts", () => {
  expect([...countFacet(items, { colour: ["red"] }, "colour").keys()].sort()).toEqual(["blue", "green", "red"]);
});

test.each(Object.keys(values))("a click on a %s shows as many as its count said", (name) => {
  for (let round = 0; round < 60; round += 1) {
    const filter = { colour: [pick(random, values.colour)], size: [pick(random, values.size)] };
    for (const [value, count] of countFacet(items, filter, name)) {
      expect(select(items, { ...filter, [name]: [value] })).toHaveLength(count);
    }
  }
});
