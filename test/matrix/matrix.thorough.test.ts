import { expect, test } from "vitest";
import { matrixRound, type Trouble } from "./round.ts";

// The kinds that differ most; `node test/matrix/main.ts 8` plays all of them once, and CI does.
const troubles: Trouble[] = ["the coordinator is killed and comes back", "the coordinator is killed for good"];

test.each(troubles.map((trouble, index) => ({ trouble, seed: index + 1 })))(
  "four jobs of a pipeline end with the right verdict when $trouble (seed $seed)",
  async ({ trouble, seed }) => {
    expect(await matrixRound(trouble, seed)).toEqual([]);
  },
  120_000,
);
