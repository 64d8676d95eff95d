import { type RunComparison, type RunId, ShardwrightError } from "@shardwright/core";
import type { BlobStore } from "../blobs/blob-store.ts";
import type { Queries } from "../database/queries.ts";
import { buildReport } from "./build-report.ts";
import { compareRuns } from "./compare-runs.ts";

interface Sources {
  readonly queries: Queries;
  readonly blobs: Pick<BlobStore, "tail">;
  readonly now_ms: number;
}

/**
 * A run compared with its base, or with the run that is named.
 * @throws ShardwrightError `not-found` for an unknown run, one that has not ended, and one without a base
 */
export async function answerComparison({ queries, blobs, now_ms }: Sources, run: RunId, other?: RunId): Promise<RunComparison> {
  const report = await buildReport(queries, blobs, run, now_ms);
  if (other === undefined) {
    if (report.comparison !== undefined) return report.comparison;
    throw new ShardwrightError("not-found", { what: `a run that ${run} could be compared with` });
  }
  const base = queries.runs.byId(other);
  if (base === undefined) throw new ShardwrightError("not-found", { what: `run ${other}` });
  return compareRuns(queries, report, { origin: "given", runs: [base] });
}
