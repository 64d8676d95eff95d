import { expect, test } from "vitest";
import { chaosRound } from "./round.ts";

// `node test/chaos/main.ts worker|coordinator 50` plays many more.
test.each([
  { victim: "worker", seed: 1 },
  { victim: "worker", seed: 2 },
  { victim: "coordinator", seed: 3 },
  { victim: "coordinator", seed: 4 },
] as const)("no result is lost or doubled when the $victim is killed (seed $seed)", async ({ victim, seed }) => {
  expect((await chaosRound(victim, seed)).violations).toEqual([]);
});
