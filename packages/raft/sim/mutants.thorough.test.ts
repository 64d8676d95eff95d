import { expect, test } from "vitest";
import { hunt } from "./mutation.ts";
import { mutants } from "./mutants.ts";

/** What `mutants-quick.thorough.test.ts` leaves out. */
const quickSeeds = 30;

for (const mutant of mutants) {
  const { seeds = 0 } = mutant.foundBy;
  if (seeds > quickSeeds)
    test(`${mutant.name}: found within ${seeds} seeds`, { timeout: 600_000 }, async () => {
      expect(await hunt(mutant, { seeds })).toMatchObject({ isFound: true });
    });
}
