import { expect, test } from "vitest";
import { stem, tokenize } from "../src/tokenize.ts";

test.each([
  ["shirts", "shirt"],
  ["berries", "berry"],
  ["boxes", "box"],
  ["glass", "glass"],
  ["bus", "bus"],
  ["watches", "watch"],
])("the stem of %s is %s", (word, stemmed) => {
  expect(stem(word)).toBe(stemmed);
});

test("words are lower case, without stop words and punctuation", () => {
  expect(tokenize("The Shirts, of LINEN (size 42) and Käse!")).toEqual(["shirt", "linen", "size", "42", "käse"]);
});

test("nothing comes of nothing", () => expect(tokenize(" …!")).toEqual([]));

// The stemmer knows regular endings only.
test.fails("finds the singular of an irregular plural", () => expect(stem("knives")).toBe("knife"));
