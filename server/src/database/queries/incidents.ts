import { and, asc, between, desc, eq, or, sql } from "drizzle-orm";
import type { Database } from "../open.ts";
import { incidents } from "../tables.ts";

export type IncidentRow = typeof incidents.$inferSelect;

/** Of one run, at most. */
const incidentsRead = 2000;

/** Of one worker, at most. */
const toldOfWorker = 100;

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
  const ofWorker = database
    .select()
    .from(incidents)
    .where(
      or(
        eq(incidents.worker, p("worker")),
        and(
          sql`json_extract(${incidents.incident}, '$.of') = 'breaker'`,
          or(
            and(breaks("worker"), sql`json_extract(${incidents.incident}, '$.name') = ${p("name")}`),
            and(breaks("class"), sql`json_extract(${incidents.incident}, '$.name') = ${p("hardware_class")}`),
          ),
        ),
      ),
    )
    .orderBy(desc(incidents.position))
    .limit(toldOfWorker)
    .prepare();
  return {
    /** What happened to a worker, and to what guards it; newest first. */
    ofWorker: (worker: string, name: string, hardware_class: string): IncidentRow[] =>
      ofWorker.all({ worker, name, hardware_class }),
    during: (from_ms: number, to_ms: number): IncidentRow[] => during.all({ from_ms, to_ms }),
  };
}

function breaks(scope: "worker" | "class") {
  return sql`json_extract(${incidents.incident}, '$.scope') = ${scope}`;
}
