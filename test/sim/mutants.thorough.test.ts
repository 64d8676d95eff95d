import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { huntByChance } from "./hunt.ts";
import { mutants } from "./mutants.ts";

for (const mutant of mutants)
  test(`a bug beside the ledger is found: ${mutant.name}`, { timeout: 600_000 }, async () => {
    expect(await huntByChance(mutant)).toMatchObject({ isFound: true });
  });

test("the page on consensus names each", async () => {
  const page = await readFile(join(import.meta.dirname, "..", "..", "docs", "consensus.md"), "utf8");
  for (const { name, what } of mutants) expect(page).toContain(`| ${name} | ${what} | seed `);
});
