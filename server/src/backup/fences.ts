import type { DatabaseSync } from "node:sqlite";

/** More leases than a cluster gives in its life. */
const leftOut = 2 ** 32;

/**
 * Leaves out fences that the cluster of before may have given, which these tables do not know of: a worker that still has such a lease must
 * not be taken for whoever gets the next one.
 */
export function leaveFencesOut(tables: DatabaseSync): void {
  tables.prepare("UPDATE progress SET fence = fence + ? WHERE id = 1").run(leftOut);
}
