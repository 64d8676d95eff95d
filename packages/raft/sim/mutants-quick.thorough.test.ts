import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hunt } from "./mutation.ts";
import { mutants } from "./mutants.ts";
import { scenarios } from "./scenarios.ts";

/** Mutants that need more seeds than these are looked for in `mutants.thorough.test.ts`. */
const quickSeeds = 30;

describe.concurrent("a planted bug is found", () => {
  for (const mutant of mutants) {
    const { scenario, seeds } = mutant.foundBy;
    if (scenario !== undefined)
      test(`${mutant.name}: by its scenario`, async () =>
        expect(await hunt(mutant, { scenario })).toMatchObject({ isFound: true }));
    if (seeds !== undefined && seeds <= quickSeeds)
      test(`${mutant.name}: by chance`, async () => expect(await hunt(mutant, { seeds })).toMatchObject({ isFound: true }));
  }
});

test("each is looked for, and no scenario or name is wrong", () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  for (const { name, foundBy } of mutants) {
    expect(foundBy.seeds ?? foundBy.scenario, name).toBeDefined();
    if (foundBy.scenario !== undefined) expect([...scenarios.keys()]).toContain(foundBy.scenario);
  }
});

test("the page on consensus names each, and who finds it", async () => {
  const page = await readFile(join(import.meta.dirname, "..", "..", "..", "docs", "consensus.md"), "utf8");
  for (const { name, what, foundBy } of mutants) {
    const row = page.split("\n").find((line) => line.startsWith(`| ${name} |`));
    expect(row, name).toContain(`| ${what} |`);
    expect(row, name).toContain(foundBy.seeds === undefined ? "|  |" : "| seed ");
    expect(row, name).toContain(`| ${foundBy.scenario ?? ""} |`);
  }
});

test("a bug that cannot be planted is an error, and one that is none is not found", async () => {
  const [scenario = ""] = scenarios.keys();
  const mutant = (find: string, replace: string) => ({
    name: "test",
    what: "",
    patches: [{ file: "log.ts", find, replace }],
    foundBy: {},
  });
  await expect(hunt(mutant("no such text", ""), { scenario })).rejects.toThrow("nowhere");
  await expect(hunt(mutant("index", ""), { scenario })).rejects.toThrow("more than once");
  await expect(hunt(mutant("export class Log {", "export class Log }"), { scenario })).rejects.toThrow("did not run");
  expect(await hunt(mutant("export class Log {", "export class Log  {"), { scenario })).toMatchObject({ isFound: false });
});
