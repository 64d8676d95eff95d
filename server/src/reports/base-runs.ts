import { type BaseOrigin, baseRunsLimit } from "@shardwright/core";
import type { Queries } from "../database/queries.ts";
import type { RunRow } from "../database/queries/runs.ts";

/** Runs that are looked at to find those that ran the same suites. */
const lookedAt = 100;
/** What the branch that others are merged into is called where nobody says so. */
const usualDefaults = ["main", "master", "trunk"];

export interface BaseRuns {
  readonly origin: BaseOrigin;
  /** Newest first. */
  readonly runs: readonly RunRow[];
}

/**
 * The runs that a run is compared with: the last ones of the branch that it is to be merged into, from the commit on where it branched off
 * if that was run; of a push, the ones before it on its own branch, else those of the default branch. Undefined where there are none.
 */
export function baseRunsOf(queries: Queries, row: RunRow): BaseRuns | undefined {
  const { branch, base_branch, base_commit, provider } = row.context;
  if (base_branch !== undefined) {
    const all = onBranch(queries, row, base_branch);
    const there = base_commit === undefined ? -1 : all.findIndex(({ context }) => context.commit === base_commit);
    return there === -1 ? found("base-branch", all) : found("merge-base", all.slice(there));
  }
  // In some CI system of which no more is known, runs without a branch may be of any.
  if (branch === undefined && provider !== undefined) return undefined;
  const own = found("same-branch", onBranch(queries, row, branch));
  if (own !== undefined || branch === undefined) return own;
  for (const name of usualDefaults) {
    const others = name === branch ? undefined : found("default-branch", onBranch(queries, row, name));
    if (others !== undefined) return others;
  }
  return undefined;
}

function found(origin: BaseOrigin, runs: readonly RunRow[]): BaseRuns | undefined {
  return runs.length === 0 ? undefined : { origin, runs: runs.slice(0, baseRunsLimit) };
}

/** Runs of a branch that came to a verdict before this one did, and have a suite in common with it. */
function onBranch(queries: Queries, row: RunRow, branch: string | undefined): RunRow[] {
  const suites = new Set(row.suites.map(({ name }) => name));
  const { commit, provider } = row.context;
  return queries.comparison
    .endedRuns(row.project, {
      branch,
      before_ms: row.submitted_at_ms,
      ended_ms: row.ended_at_ms ?? Number.MAX_SAFE_INTEGER,
      limit: lookedAt,
    })
    .filter(
      (one) =>
        one.suites.some(({ name }) => suites.has(name)) &&
        // The same commit in CI is this run once more, and no base; on a person's machine a commit says nothing of what was changed since.
        (provider === undefined || commit === undefined || one.context.commit !== commit),
    );
}
