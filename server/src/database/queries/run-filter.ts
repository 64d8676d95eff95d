import { type RunListQuery, ShardwrightError } from "@shardwright/core";
import { type SQL, and, eq, gt, gte, lt, lte, or, sql } from "drizzle-orm";
import { isHistory } from "../history.ts";
import { runs } from "../tables.ts";

/** Which runs a list is of: without a key, those alone that are a part of history. @throws ShardwrightError `bad-request` for a cursor that no list gave */
export function matchesRuns({
  project,
  run_key,
  branch,
  provider,
  author,
  verdict,
  since_ms,
  before,
}: RunListQuery): SQL | undefined {
  return and(
    // Who names one gets it, whatever it was for.
    run_key === undefined ? isHistory : undefined,
    project === undefined ? undefined : eq(runs.project, project),
    run_key === undefined ? undefined : eq(runs.run_key, run_key),
    branch === undefined ? undefined : eq(contextOf("branch"), branch),
    provider === undefined ? undefined : eq(contextOf("provider"), provider),
    author === undefined ? undefined : eq(contextOf("actor"), author),
    verdict === undefined ? undefined : verdict === "running" ? eq(runs.status, "running") : eq(runs.verdict, verdict),
    since_ms === undefined ? undefined : gte(runs.submitted_at_ms, since_ms),
    before === undefined ? undefined : isBefore(before),
  );
}

/** Something that a CI system said of a run. */
export function contextOf(field: "branch" | "provider" | "actor"): SQL<string | null> {
  return sql`json_extract(${runs.context}, ${sql.raw(`'$.${field}'`)})`;
}

/** What `before` has to be for what follows a run in a list, newest first. */
export function cursorOf({ submitted_at_ms, id }: { readonly submitted_at_ms: number; readonly id: string }): string {
  return `${submitted_at_ms}.${id}`;
}

/** What comes after a cursor in a list of runs, newest first. @throws ShardwrightError `bad-request` */
export function isBefore(cursor: string): SQL | undefined {
  const { at_ms, id } = placeOf(cursor);
  // The first says where to begin in an index; the alternatives alone would not.
  return and(
    lte(runs.submitted_at_ms, at_ms),
    or(lt(runs.submitted_at_ms, at_ms), and(eq(runs.submitted_at_ms, at_ms), lt(runs.id, id))),
  );
}

/** The run that a cursor is of, and what comes before it in such a list. */
export function isUpTo(cursor: string): SQL | undefined {
  const { at_ms, id } = placeOf(cursor);
  return and(
    gte(runs.submitted_at_ms, at_ms),
    or(gt(runs.submitted_at_ms, at_ms), and(eq(runs.submitted_at_ms, at_ms), gte(runs.id, id))),
  );
}

function placeOf(cursor: string): { at_ms: number; id: string } {
  const [, at_ms, id] = /^(\d{1,16})\.(r-[0-9a-z]{16})$/.exec(cursor) ?? [];
  if (at_ms === undefined || id === undefined)
    throw new ShardwrightError("bad-request", { problems: "query.before: give what `next` was in the answer before" });
  return { at_ms: Number(at_ms), id };
}
