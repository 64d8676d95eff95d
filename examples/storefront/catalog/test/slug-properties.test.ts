import { expect, test } from "vitest";
import { between, pick, seeded } from "../src/random.ts";
import { slugify, uniqueSlug } from "../src/slug.ts";

const alphabet = [..."abcXYZ019 -_&€ßéÑøł'’.,/日 "];

test("20,000 random titles: a slug holds nothing that an address cannot, and is its own slug", () => {
  const random = seeded(7);
  for (let round = 0; round < 20_000; round += 1) {
    const title = Array.from({ length: between(random, 0, 80) }, () => pick(random, alphabet)).join("");
    const slug = slugify(title);
    if (!/^(?:[a-z0-9]+(?:-[a-z0-9]+)*)?$/.test(slug) || slug.length > 60) expect.fail(`${title} became ${slug}`);
    if (slugify(slug) !== slug) expect.fail(`${slug} is not its own slug`);
  }
});

test("500 products of one title get 500 slugs", () => {
  const taken = new Set<string>();
  for (let round = 0; round < 500; round += 1) taken.add(uniqueSlug("Red Mug", taken));
  expect(taken.size).toBe(500);
});
