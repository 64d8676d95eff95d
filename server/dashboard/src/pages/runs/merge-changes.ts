import type { RunChange, RunList, RunSummary } from "@shardwright/core";

/** What a list is filtered by. */
export type RunFilter = Partial<Record<"project" | "branch" | "provider" | "verdict" | "author", string>>;

/** What was told of a run, and up to where it is known with that. */
export type Changed = Extract<RunChange, { type: "run" }>;

/** Whether a run is among those that a filter is for, as the coordinator decides it. */
function isMeant({ project, context, verdict }: RunSummary, filter: RunFilter): boolean {
  const { project: ofProject, branch, provider, author, verdict: wanted } = filter;
  return (
    (ofProject === undefined || project === ofProject) &&
    (branch === undefined || context.branch === branch) &&
    (provider === undefined || context.provider === provider) &&
    (author === undefined || context.actor === author) &&
    (wanted === undefined || (verdict ?? "running") === wanted)
  );
}

/**
 * The newest page of a list with what has become of runs since: those that changed as they are now, those that are new among them, and
 * without those that are no longer like what is asked for.
 */
export function mergeChanges(list: RunList, changed: ReadonlyMap<string, Changed>, filter: RunFilter): readonly RunSummary[] {
  if (changed.size === 0) return list.runs;
  const known = new Map(list.runs.map((run) => [run.id, run]));
  // What is older than the page's end is on another page.
  const oldest = list.next === undefined ? undefined : list.runs.at(-1);
  for (const { run, position } of changed.values()) {
    if (position <= (list.position ?? 0)) continue;
    if (!isMeant(run, filter)) known.delete(run.id);
    else if (known.has(run.id) || oldest === undefined || isNewer(run, oldest)) known.set(run.id, run);
  }
  return [...known.values()].sort((a, b) => (isNewer(a, b) ? -1 : 1));
}

function isNewer(a: RunSummary, b: RunSummary): boolean {
  return a.submitted_at_ms === b.submitted_at_ms ? a.id > b.id : a.submitted_at_ms > b.submitted_at_ms;
}
