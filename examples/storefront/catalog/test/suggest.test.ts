import { expect, test } from "vitest";
import { between, pick, seeded } from "../src/random.ts";
import { Suggestions } from "../src/suggest.ts";

test("the most wanted come first, equals by letter", () => {
  const suggestions = new Suggestions();
  for (const [phrase, weight] of Object.entries({ "red mug": 3, "red hat": 9, "red cup": 3, blue: 99 })) {
    suggestions.add(phrase, weight);
  }
  expect(suggestions.complete("red")).toEqual(["red hat", "red cup", "red mug"]);
  expect(suggestions.complete("red", 1)).toEqual(["red hat"]);
  expect(suggestions.complete("green")).toEqual([]);
});

test("agrees with sorting all phrases: 400 prefixes of 12,000 phrases", () => {
  const random = seeded(8);
  const phrases = new Map<string, number>();
  const suggestions = new Suggestions();
  for (let round = 0; round < 12_000; round += 1) {
    const phrase = Array.from({ length: between(random, 2, 8) }, () => pick(random, [..."abcde"])).join("");
    const weight = between(random, 1, 50);
    phrases.set(phrase, (phrases.get(phrase) ?? 0) + weight);
    suggestions.add(phrase, weight);
  }
  for (let round = 0; round < 400; round += 1) {
    const prefix = pick(random, [...phrases.keys()]).slice(0, 2);
    const wanted = [...phrases]
      .filter(([phrase]) => phrase.startsWith(prefix))
      .sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
      .map(([phrase]) => phrase);
    expect(suggestions.complete(prefix)).toEqual(wanted.slice(0, 5));
  }
});
