import { median } from "./estimate.ts";

/** So many of a worker's last results say how fast it is. */
export const paceLimit = 20;
/** Weight, in results, of what is believed before any came: that the worker is as fast as its class. */
const belief = 3;

/**
 * How slow a worker is within its hardware class: 2 takes twice as long as its class's history says. The median of what its last tasks took
 * over what they should have taken, drawn towards 1 while there are few.
 */
export function paceOf(ratios: readonly number[]): number {
  const middle = median(ratios);
  if (middle === undefined || middle <= 0) return 1;
  return middle ** (ratios.length / (ratios.length + belief));
}
