import { expect, test } from "vitest";
import { between, pick, seeded } from "../src/random.ts";
import { SearchIndex } from "../src/search-index.ts";
import { tokenize } from "../src/tokenize.ts";

const random = seeded(2026);
const words = Array.from({ length: 3_000 }, (_, index) => `w${index.toString(36)}q`);
// Like in any language, a few words are everywhere and most are rare.
const word = (): string => words[Math.floor(words.length * random() ** 3)] ?? "";
const texts = Array.from({ length: 60_000 }, () => Array.from({ length: between(random, 5, 30) }, word).join(" "));

test("60,000 products: every hit holds a word of the query, in the order of their scores", () => {
  const index = new SearchIndex();
  for (const [number, text] of texts.entries()) index.add(String(number), text);
  expect(index.size).toBe(texts.length);
  for (let round = 0; round < 60; round += 1) {
    const query = `${word()} ${pick(random, words)}`;
    const hits = index.search(query, 50);
    const scores = hits.map((hit) => hit.score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    const wanted = tokenize(query);
    for (const hit of hits) {
      const held = new Set(tokenize(texts[Number(hit.id)] ?? ""));
      if (!wanted.some((one) => held.has(one))) expect.fail(`${hit.id} does not hold ${query}`);
    }
  }
});
