import type { RunId, WorkerId } from "@shardwright/core";
import type { Queries } from "../database/queries.ts";
import type { Audited } from "../audit/write-audit.ts";

/** What the audit log is told of a run. */
export function aboutRun(queries: Queries, name: "run.cancel" | "run.reopen", run: RunId, more = ""): Audited {
  const known = queries.runs.byId(run);
  const key = known === undefined ? "" : ` (${known.run_key})`;
  return { name, object: `${run}${key}${more}`, project: known?.project };
}

/** What the audit log is told of a worker. */
export function aboutWorker(
  queries: Queries,
  name: "worker.drain" | "worker.quarantine" | "worker.release",
  worker: WorkerId,
  more = "",
): Audited {
  const known = queries.workers.byId(worker);
  return { name, object: `${worker}${known === undefined ? "" : ` (${known.name})`}${more}` };
}
