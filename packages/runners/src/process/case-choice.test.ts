import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ChosenCases, chosenCases } from "./case-choice.ts";

const of = (...names: string[]) => names.map((name) => [name]);

test("a whole file is no choice; before the file's cases are known, nothing is left out for being finished", () => {
  expect(chosenCases({})).toBeUndefined();
  expect(chosenCases({ finished: of("a") })?.has(["a"])).toBe(true);
});

test("what is finished more often than it is there, or not there at all, is missed; unless it ran inside of what is there", () => {
  const chosen = new ChosenCases({ finished: [...of("a", "a", "gone"), ["b", "inside"]] });
  chosen.know(of("a", "b").map((path) => ({ path })));
  expect(chosen.missingFrom([])).toEqual(of("a", "a", "gone"));
  expect(chosen.has(["b"])).toBe(true);
});

test("whatever is finished: what is not runs, with all of its path and its group; and what is left goes all together", () => {
  const file = fc.array(fc.record({ name: fc.nat({ max: 8 }), group: fc.constantFrom(undefined, 1, 2) }), { maxLength: 12 });
  fc.assert(
    fc.property(file, fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), (cases, done) => {
      const all = cases.map(({ name, group }, index) => ({ path: [`${name}`], group, isDone: done[index] === true }));
      const chosen = new ChosenCases({ finished: all.filter(({ isDone }) => isDone).map(({ path }) => path) });
      chosen.know(all);
      expect(chosen.missingFrom([])).toEqual([]);
      for (const { path, isDone, group } of all) {
        if (isDone) continue;
        const mates = all.filter((other) => other.path[0] === path[0] || (group !== undefined && other.group === group));
        for (const mate of mates) expect(chosen.has(mate.path), JSON.stringify({ path, mate })).toBe(true);
      }
      if (all.every(({ isDone }) => isDone)) expect(all.some(({ path }) => chosen.has(path))).toBe(false);
    }),
    { seed: 1, numRuns: 500 },
  );
});
