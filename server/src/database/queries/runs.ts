import { type Account, type RunId, type RunStatus, type RunSummary, accountFor, accountTerm } from "@shardwright/core";
import { and, desc, eq, gte, inArray, isNotNull, lt, ne, sql } from "drizzle-orm";
import type { Database } from "../open.ts";
import { runs, tasks } from "../tables.ts";
import { isHistory } from "../history.ts";

export type RunRow = typeof runs.$inferSelect;

/** Reads runs, with the account of their tasks. */
export function createRunQueries(database: Database) {
  const p = sql.placeholder;
  const byId = database
    .select()
    .from(runs)
    .where(eq(runs.id, p("id")))
    .prepare();
  const byKey = database
    .select()
    .from(runs)
    .where(and(eq(runs.project, p("project")), eq(runs.run_key, p("run_key"))))
    .prepare();
  const tally = database
    .select({
      status: tasks.status,
      flaky: tasks.flaky,
      quarantined: tasks.quarantined,
      tasks: sql<number>`count(*)`,
      cases: sql<number>`sum(${tasks.cases})`,
    })
    .from(tasks)
    .where(and(eq(tasks.run, p("run")), eq(tasks.file_key, tasks.key)))
    .groupBy(tasks.status, tasks.flaky, tasks.quarantined)
    .prepare();
  const parts = database
    .select({
      status: tasks.status,
      flaky: tasks.flaky,
      quarantined: tasks.quarantined,
      of: tasks.file_key,
      // What is repeated is one case all the same.
      cases: sql<number>`case when ${tasks.repeat} is null then ${tasks.cases} else 0 end`,
    })
    .from(tasks)
    .where(and(eq(tasks.run, p("run")), ne(tasks.file_key, tasks.key)))
    .prepare();
  const repeated = database
    .select({ status: tasks.status, flaky: tasks.flaky, quarantined: tasks.quarantined, of: tasks.key, cases: tasks.cases })
    .from(tasks)
    .where(
      and(
        eq(tasks.run, p("run")),
        eq(tasks.file_key, tasks.key),
        inArray(tasks.key, sql`(select file_key from ${tasks} where run = ${p("run")} and json_type(repeat) = 'object')`),
      ),
    )
    .prepare();

  const summarise = (row: RunRow): RunSummary => {
    const groups = tally.all({ run: row.id });
    const inParts = parts.all({ run: row.id });
    // A file of which something is repeated is one entry with its repetitions.
    const whole = inParts.length === 0 ? [] : repeated.all({ run: row.id });
    for (const { status, flaky, quarantined, cases } of whole)
      groups.push({ status, flaky, quarantined, tasks: -1, cases: -cases });
    inParts.push(...whole);
    return {
      id: row.id,
      project: row.project,
      run_key: row.run_key,
      status: row.status,
      ...(row.verdict === null ? {} : { verdict: row.verdict }),
      ...(row.reason === null ? {} : { reason: row.reason }),
      context: row.context,
      account: accountOf(groups, accountFor(inParts)),
      cases: [...groups, ...inParts].reduce((sum, group) => sum + group.cases, 0),
      submitted_at_ms: row.submitted_at_ms,
      ...(row.ended_at_ms === null ? {} : { ended_at_ms: row.ended_at_ms }),
    };
  };

  return {
    byId: (id: RunId): RunRow | undefined => byId.get({ id }),
    byKey: (project: string, run_key: string): RunRow | undefined => byKey.get({ project, run_key }),
    summary(id: RunId): RunSummary | undefined {
      const row = byId.get({ id });
      return row === undefined ? undefined : summarise(row);
    },
    /** The last one that a CI system has submitted. */
    lastOf: (provider: string): RunRow | undefined =>
      database
        .select()
        .from(runs)
        .where(eq(sql`json_extract(${runs.context}, '$.provider')`, provider))
        .orderBy(desc(runs.submitted_at_ms), desc(runs.id))
        .limit(1)
        .get(),
    /** Newest first; without a key, those alone that are a part of history. */
    list(filter: { project?: string | undefined; run_key?: string | undefined; limit: number }): RunSummary[] {
      const { project, run_key } = filter;
      return database
        .select()
        .from(runs)
        .where(
          and(
            // Who names one gets it.
            run_key === undefined ? isHistory : undefined,
            project === undefined ? undefined : eq(runs.project, project),
            run_key === undefined ? undefined : eq(runs.run_key, run_key),
          ),
        )
        .orderBy(desc(runs.submitted_at_ms), desc(runs.id))
        .limit(filter.limit)
        .all()
        .map(summarise);
    },
    /** Those that run, oldest opening first. */
    running: (): RunRow[] => database.select().from(runs).where(eq(runs.status, "running")).orderBy(runs.opened_at_ms).all(),
    /** The chunks of the bundles that runs name: a run may be taken up again as long as it is known. */
    bundleChunks: (): Set<string> =>
      new Set(
        database
          .select({ workspace: runs.workspace })
          .from(runs)
          .all()
          .flatMap(({ workspace }) => (workspace.kind === "bundle" ? workspace.chunks.map(({ sha256 }) => sha256) : [])),
      ),
    /** Those that ended since a moment and whose spans nobody has sent, in the order in which they ended. */
    untraced: (since_ms: number, limit: number): RunId[] =>
      database
        .select({ id: runs.id })
        .from(runs)
        .where(and(eq(runs.status, "ended"), gte(runs.ended_at_ms, since_ms), eq(runs.traced, false)))
        .orderBy(runs.ended_at_ms)
        .limit(limit)
        .all()
        .map(({ id }) => id),
    /** Those that ended since a moment, the latest first. */
    endedSince: (since_ms: number, limit: number): RunId[] =>
      database
        .select({ id: runs.id })
        .from(runs)
        .where(and(eq(runs.status, "ended"), gte(runs.ended_at_ms, since_ms)))
        .orderBy(desc(runs.ended_at_ms))
        .limit(limit)
        .all()
        .map(({ id }) => id),
    /** The one that has waited longest for its tests to be gone through for trends. */
    nextOfTrends: (): RunId | undefined =>
      database
        .select({ id: runs.id })
        .from(runs)
        // Written out, for the index is only of these.
        .where(sql`status = 'ended' and trends_done = 0`)
        .orderBy(runs.ended_at_ms)
        .limit(1)
        .get()?.id,
    /** @param withTrends only those whose tests were gone through for trends, all of them */
    endedBefore(at_ms: number, limit: number, withTrends: boolean): RunId[] {
      const ended: RunStatus = "ended";
      return database
        .select({ id: runs.id })
        .from(runs)
        .where(
          and(
            eq(runs.status, ended),
            isNotNull(runs.ended_at_ms),
            lt(runs.ended_at_ms, at_ms),
            withTrends ? eq(runs.trends_done, true) : undefined,
          ),
        )
        .limit(limit)
        .all()
        .map((row) => row.id);
    },
  };
}

type Group = Parameters<typeof accountTerm>[0] & { readonly tasks: number };

function accountOf(groups: readonly Group[], total: Account): Account {
  for (const group of groups) {
    const term = accountTerm(group);
    total[term] = (total[term] ?? 0) + group.tasks;
    total.discovered += group.tasks;
  }
  return total;
}
