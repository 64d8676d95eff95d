import { and, asc, between, sql } from "drizzle-orm";
import type { Database } from "../open.ts";
import { incidents } from "../tables.ts";

export type IncidentRow = typeof incidents.$inferSelect;

/** Of one run, at most. */
const incidentsRead = 2000;

/** Reads what happened to workers, breakers and coordinators. */
export function createIncidentQueries(database: Database) {
  const p = sql.placeholder;
  const during = database
    .select()
    .from(incidents)
    .where(and(between(incidents.at_ms, p("from_ms"), p("to_ms"))))
    .orderBy(asc(incidents.position))
    .limit(incidentsRead)
    .prepare();
  return { during: (from_ms: number, to_ms: number): IncidentRow[] => during.all({ from_ms, to_ms }) };
}
