import { assert, integer, property, string } from "fast-check";
import { expect, test } from "vitest";
import { cutBytes, cutCharacters, inGroups } from "./cut.ts";

test("a cut text fits and is whole characters of the text", () => {
  assert(
    property(string({ unit: "binary" }), integer({ min: 3, max: 40 }), (text, limit) => {
      const well = text.toWellFormed();
      const byBytes = cutBytes(well, limit);
      expect(new TextEncoder().encode(byBytes).length).toBeLessThanOrEqual(limit);
      const byUnits = cutCharacters(well, limit);
      expect(byUnits.length).toBeLessThanOrEqual(limit);
      for (const cut of [byBytes, byUnits]) {
        expect(cut.isWellFormed()).toBe(true);
        expect(cut === well || (cut.endsWith("…") && well.startsWith(cut.slice(0, -1)))).toBe(true);
      }
    }),
  );
});

test("a text that just fits stays whole", () => {
  expect(cutBytes("aé", 3)).toBe("aé");
  expect(cutBytes("aéé", 4)).toBe("a…");
  expect(cutCharacters("a😀b", 4)).toBe("a😀b");
  expect(cutCharacters("a😀bc", 3)).toBe("a…");
});

test("groups hold everything once, in order", () => {
  expect(inGroups([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(inGroups([], 2)).toEqual([]);
});
