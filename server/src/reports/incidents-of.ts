import { type Incident, type RunReport, hardwareClass } from "@shardwright/core";
import type { Queries } from "../database/queries.ts";
import type { IncidentRow } from "../database/queries/incidents.ts";
import type { RunRow } from "../database/queries/runs.ts";
import type { WorkerRow } from "../database/queries/workers.ts";

/** What happened to those that a run depended on, while it went on. */
export function incidentsOf(
  queries: Queries,
  row: Pick<RunRow, "id" | "project" | "submitted_at_ms" | "ended_at_ms">,
  workers: ReadonlyMap<string, WorkerRow>,
  now_ms: number,
): NonNullable<RunReport["incidents"]> {
  const names = new Set<string>();
  const classes = new Set<string>();
  for (const { name, capabilities } of workers.values()) {
    names.add(name);
    classes.add(hardwareClass(capabilities));
  }
  const isBreakerOfRun = ({ scope, name }: Incident): boolean => {
    if (scope === "class") return classes.has(name);
    return scope === "runner" ? name.startsWith(`${row.project}/`) : names.has(name);
  };
  const isOfRun = ({ run, worker, incident }: IncidentRow): boolean => {
    if (run !== null) return run === row.id;
    if (worker !== null) return workers.has(worker);
    return incident.of === "coordinator" || isBreakerOfRun(incident);
  };
  return queries.incidents
    .during(row.submitted_at_ms, row.ended_at_ms ?? now_ms)
    .filter(isOfRun)
    .map(({ at_ms, incident }) => ({ at_ms: Math.max(0, at_ms - row.submitted_at_ms), ...incident }));
}
