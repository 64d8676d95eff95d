import { type Plan, planOf } from "./plan.ts";
import { randomOf } from "./random.ts";
import { type Result, World } from "./world.ts";

/** The plan of a seed. */
export function planFor(seed: number): Plan {
  return planOf(seed, randomOf(seed, "plan"));
}

/** Plays one seed: the same seed gives the same result, to the last byte. */
export function simulate(seed: number): Result {
  return new World(planFor(seed)).run();
}
