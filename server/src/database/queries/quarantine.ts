import { asc, eq, sql } from "drizzle-orm";
import type { Database } from "../open.ts";
import { quarantine } from "../tables.ts";

export type QuarantineRow = typeof quarantine.$inferSelect;

/** Reads what was put into quarantine by hand. */
export function createQuarantineQueries(database: Database) {
  const ofProject = database
    .select()
    .from(quarantine)
    .where(eq(quarantine.project, sql.placeholder("project")))
    .orderBy(asc(quarantine.test))
    .prepare();
  return {
    /** Sorted by test; what has expired is among them. */
    ofProject: (project: string): QuarantineRow[] => ofProject.all({ project }),
  };
}
