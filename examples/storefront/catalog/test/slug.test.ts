import { expect, test } from "vitest";
import { slugify, uniqueSlug } from "../src/slug.ts";

test.each([
  ["Crème brûlée", "creme-brulee"],
  ["Straße & Weg", "strasse-and-weg"],
  ["  Men's   shirt!  ", "mens-shirt"],
  ["50 € voucher", "50-euro-voucher"],
  ["Øresund Ærø", "oresund-aero"],
  ["日本", ""],
])("%s becomes %j", (title, slug) => {
  expect(slugify(title)).toBe(slug);
});

test("a long title is cut without a dash at the end", () => {
  expect(slugify("one two three", 8)).toBe("one-two");
});

test("a taken slug gets the next free number", () => {
  expect(uniqueSlug("Red Mug", new Set(["red-mug", "red-mug-2"]))).toBe("red-mug-3");
  expect(uniqueSlug("日本", new Set())).toBe("product");
});
