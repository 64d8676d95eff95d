import type { Plan } from "../../packages/raft/sim/plan.ts";
import { type Result, World } from "../../packages/raft/sim/world.ts";
import { CoordinatorUsage } from "./coordinator-usage.ts";

/** What came of a world of coordinators; `tables` is a digest of all their rows in the end. */
export interface CoordinatorResult extends Result {
  readonly tables: string;
}

/** Plays a plan with real coordinators: the same plan gives the same result, to the last row. */
export async function playCoordinators(plan: Plan): Promise<CoordinatorResult> {
  const usage = new CoordinatorUsage(plan.seed);
  const result = await new World(plan, usage).play();
  return { ...result, tables: usage.digest };
}
