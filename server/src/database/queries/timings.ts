import type { DurationHistory } from "@shardwright/core";
import { eq } from "drizzle-orm";
import type { Database } from "../open.ts";
import { timings } from "../tables.ts";

/** Reads what tasks took before. */
export function createTimingQueries(database: Database) {
  return {
    history(project: string): DurationHistory {
      const history = new Map<string, Map<string, readonly number[]>>();
      for (const row of database.select().from(timings).where(eq(timings.project, project)).all()) {
        const classes = history.get(row.key) ?? new Map<string, readonly number[]>();
        classes.set(row.hardware_class, row.recent);
        history.set(row.key, classes);
      }
      return history;
    },
  };
}
