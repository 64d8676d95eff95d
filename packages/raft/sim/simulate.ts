import { type Plan, planOf } from "./plan.ts";
import { randomOf } from "./random.ts";
import { type Result, World } from "./world.ts";

/** Plays a plan: the same plan gives the same result, to the last byte. */
export type Play = (plan: Plan) => Result | Promise<Result>;

/** The plan of a seed. */
export function planFor(seed: number): Plan {
  return planOf(seed, randomOf(seed, "plan"));
}

/** Plays a plan with registers. */
export function playRegisters(plan: Plan): Result {
  return new World(plan).run();
}

/** Plays one seed with registers. */
export function simulate(seed: number): Result {
  return playRegisters(planFor(seed));
}
