import { expect, test } from "vitest";
import { matrixRound, troubles } from "./round.ts";

// `node test/matrix/main.ts 100` plays many more.
test.each(troubles.map((trouble, index) => ({ trouble, seed: index + 1 })))(
  "four jobs of a pipeline end with the right verdict when $trouble (seed $seed)",
  async ({ trouble, seed }) => {
    expect(await matrixRound(trouble, seed)).toEqual([]);
  },
  120_000,
);
