import { type PoolLimits, poolLimits } from "./limits.ts";

let chosen: Partial<PoolLimits> = {};

/**
 * Sets the limits of the pools of this process that are made from now on and are given none of their own.
 * @throws RangeError as `poolLimits`
 */
export function choosePoolLimits(limits: Partial<PoolLimits>): void {
  poolLimits(limits);
  chosen = limits;
}

export function chosenPoolLimits(): Partial<PoolLimits> {
  return chosen;
}
