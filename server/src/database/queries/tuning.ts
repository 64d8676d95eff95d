import type { Database } from "../open.ts";
import { tuning } from "../tables.ts";

export type TuningRow = typeof tuning.$inferSelect;

/** Reads what became last of each parameter that is tuned. */
export function createTuningQueries(database: Database) {
  return {
    all: (): TuningRow[] => database.select().from(tuning).all(),
  };
}
