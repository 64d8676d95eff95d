import { expect, test } from "vitest";
import { chaosRound } from "./round.ts";

// `node test/chaos/main.ts worker|coordinator 50` plays many more, CI some of them.
test.each([
  { victim: "worker", seed: 1 },
  { victim: "coordinator", seed: 3 },
] as const)("no result is lost or doubled when the $victim is killed (seed $seed)", async ({ victim, seed }) => {
  expect((await chaosRound(victim, seed)).violations).toEqual([]);
});
