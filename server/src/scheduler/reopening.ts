import { type RunId, type RunSummary, ShardwrightError, type Workspace, isCovered } from "@shardwright/core";
import type { RunRow } from "../database/queries/runs.ts";
import { type Submitted, reopenRun } from "./runs.ts";
import type { SchedulerState } from "./state.ts";

type WorkspaceKind = Workspace["kind"];

/** Who has a run's files, where it cannot go on without them: the machine that has the folder, or the jobs that check it out. */
export function filesWith(kind: WorkspaceKind): RunSummary["files_with"] {
  if (kind === "checkout") return "pipeline";
  return kind === "dir" ? "folder" : undefined;
}

/** Why a run cannot go on without the job that submitted it; undefined where it can. */
export function whyTied({ workspace, suites }: Pick<RunRow, "workspace" | "suites">): string | undefined {
  switch (filesWith(workspace.kind)) {
    case "pipeline":
      return "its workers are the jobs of its pipeline, and each brings its own checkout.";
    case "folder":
      return "its files lie in a folder of the machine that submitted it (see --workspace git or bundle).";
    case undefined:
      return suites.some(isCovered)
        ? "what its tests cover is joined by the job that submitted it: run that job again, which keeps what has passed."
        : undefined;
  }
}

/**
 * Opens a run once more as it was opened last, without a submission.
 * @param opened_position of the fact that opened it last, as whoever asks knows it
 * @throws ShardwrightError `not-found`, `run-goes-on`, `not-reopenable`
 */
export function reopenAsItWas(state: SchedulerState, run: RunId, opened_position: number): Submitted {
  const row = state.queries.runs.byId(run);
  if (row === undefined) throw new ShardwrightError("not-found", { what: `run ${run}` });
  const refused = (reason: string) => new ShardwrightError("not-reopenable", { run, reason });
  if (state.runs.has(run) || row.status !== "ended")
    throw new ShardwrightError("run-goes-on", { run, reason: "it is going on." });
  if (row.opened_position !== opened_position) throw refused("it was taken up again since.");
  const tied = whyTied(row);
  if (tied !== undefined) throw refused(tied);
  return reopenRun(state, row, row);
}
