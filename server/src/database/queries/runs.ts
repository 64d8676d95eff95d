import {
  type Account,
  type ProjectList,
  type RunFilters,
  type RunId,
  type RunList,
  type RunListQuery,
  type RunStatus,
  type RunSummary,
  type Verdict,
  accountFor,
  accountTerm,
} from "@shardwright/core";
import { and, desc, eq, gt, gte, inArray, isNotNull, lt, lte, ne, or, sql } from "drizzle-orm";
import type { Database } from "../open.ts";
import { facts, runs, tasks } from "../tables.ts";
import { isHistory } from "../history.ts";
import { contextOf, cursorOf, isBefore, isUpTo, matchesRuns } from "./run-filter.ts";
import { type Parts, atOnce } from "../../parts-of-work.ts";

export type RunRow = typeof runs.$inferSelect;

/** What a list of runs needs of them: some others are long. */
const summaryColumns = {
  id: runs.id,
  project: runs.project,
  run_key: runs.run_key,
  status: runs.status,
  verdict: runs.verdict,
  reason: runs.reason,
  context: runs.context,
  account: runs.account,
  cases: runs.cases,
  submitted_at_ms: runs.submitted_at_ms,
  ended_at_ms: runs.ended_at_ms,
};
type SummaryRow = Pick<RunRow, keyof typeof summaryColumns>;

/** The newest runs of a project that are looked at for what they can be filtered by, and how many of each are told. */
const runsSurveyed = 2000;
const choicesTold = 100;
/** Runs that are looked through at once: some milliseconds. */
const runsAtOnce = 1000;
/** Whether what is known of a run that has ended is its last verdict. */
const isJudged = sql`${runs.coverage} is not 'awaited'`;
/** Projects that are listed at most. */
const projectsTold = 1000;

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

  const newestVerdict = database
    .select({ verdict: runs.verdict })
    .from(runs)
    .where(and(eq(runs.project, p("project")), eq(runs.status, "ended"), isJudged))
    .orderBy(desc(runs.submitted_at_ms), desc(runs.id))
    .limit(1)
    .prepare();

  const counted = (run: RunId): { account: Account; cases: number } => {
    const groups = tally.all({ run });
    const inParts = parts.all({ run });
    // A file of which something is repeated is one entry with its repetitions.
    const whole = inParts.length === 0 ? [] : repeated.all({ run });
    for (const { status, flaky, quarantined, cases } of whole)
      groups.push({ status, flaky, quarantined, tasks: -1, cases: -cases });
    inParts.push(...whole);
    return {
      account: accountOf(groups, accountFor(inParts)),
      cases: [...groups, ...inParts].reduce((sum, group) => sum + group.cases, 0),
    };
  };

  const summarise = (row: SummaryRow): RunSummary => {
    // As it ended; what ended before that was kept is counted.
    const { account, cases } =
      row.account === null || row.cases === null ? counted(row.id) : { account: row.account, cases: row.cases };
    return {
      id: row.id,
      project: row.project,
      run_key: row.run_key,
      status: row.status,
      ...(row.verdict === null ? {} : { verdict: row.verdict }),
      ...(row.reason === null ? {} : { reason: row.reason }),
      context: row.context,
      account,
      cases,
      submitted_at_ms: row.submitted_at_ms,
      ...(row.ended_at_ms === null ? {} : { ended_at_ms: row.ended_at_ms }),
    };
  };

  /** So many runs further on in a list, whether or not they are like what is asked for: where the next part of the work begins. */
  const furtherOn = ({ project }: RunListQuery, before: string | undefined): string | undefined => {
    const row = database
      .select({ submitted_at_ms: runs.submitted_at_ms, id: runs.id })
      .from(runs)
      .where(
        and(project === undefined ? undefined : eq(runs.project, project), before === undefined ? undefined : isBefore(before)),
      )
      .orderBy(desc(runs.submitted_at_ms), desc(runs.id))
      .limit(1)
      .offset(runsAtOnce - 1)
      .get();
    return row === undefined ? undefined : cursorOf(row);
  };

  function* listParts(query: RunListQuery): Parts<RunList> {
    const found: SummaryRow[] = [];
    for (let { before } = query; ; yield) {
      const until = query.run_key === undefined ? furtherOn(query, before) : undefined;
      const rows = database
        .select(summaryColumns)
        .from(runs)
        .where(and(matchesRuns({ ...query, before }), until === undefined ? undefined : isUpTo(until)))
        .orderBy(desc(runs.submitted_at_ms), desc(runs.id))
        .limit(query.limit + 1 - found.length)
        .all();
      found.push(...rows);
      if (found.length > query.limit || until === undefined) break;
      before = until;
    }
    const shown = found.slice(0, query.limit);
    const last = found.length > query.limit ? shown.at(-1) : undefined;
    const list: RunSummary[] = [];
    for (const row of shown) {
      list.push(summarise(row));
      // Those that go on are counted.
      if (row.account === null) yield;
    }
    return { runs: list, ...(last !== undefined && { next: cursorOf(last) }) };
  }

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
    /** Where a run's files went, and how many cases they have. */
    counted,
    /** As a list has it; undefined for one that no list has. */
    listed(id: RunId): RunSummary | undefined {
      const row = database
        .select(summaryColumns)
        .from(runs)
        .where(and(eq(runs.id, id), isHistory))
        .get();
      return row === undefined ? undefined : summarise(row);
    },
    /** Runs that something happened to after a position; undefined where it is more than so many facts tell. */
    touchedSince(position: number, limit: number): Set<RunId> | undefined {
      const rows = database
        .select({ run: facts.run })
        .from(facts)
        .where(gt(facts.position, position))
        .limit(limit + 1)
        .all();
      return rows.length > limit ? undefined : new Set(rows.map(({ run }) => run));
    },
    /** Newest first. @throws ShardwrightError `bad-request` for a cursor that no list gave */
    list: (query: RunListQuery): RunList => atOnce(listParts(query)),
    listParts,
    /** What the newest runs of a project, or of all, can be filtered by. */
    filters(project: string | undefined): RunFilters {
      const newest = database
        .select({ branch: contextOf("branch"), provider: contextOf("provider"), actor: contextOf("actor") })
        .from(runs)
        .where(and(isHistory, project === undefined ? undefined : eq(runs.project, project)))
        .orderBy(desc(runs.submitted_at_ms), desc(runs.id))
        .limit(runsSurveyed)
        .all();
      const choices = (field: "branch" | "provider" | "actor") =>
        [...new Set(newest.flatMap((row) => row[field] ?? []))].slice(0, choicesTold).sort();
      return { branches: choices("branch"), providers: choices("provider"), authors: choices("actor") };
    },
    /** Those that have runs, the latest to run first. */
    projects(project: string | undefined): ProjectList["projects"] {
      const found = database
        .select({
          project: runs.project,
          runs: sql<number>`count(*)`,
          last_at_ms: sql<number>`max(${runs.submitted_at_ms})`,
        })
        .from(runs)
        .where(and(isHistory, project === undefined ? undefined : eq(runs.project, project)))
        .groupBy(runs.project)
        .orderBy(sql`max(${runs.submitted_at_ms}) desc`)
        .limit(projectsTold)
        .all();
      const going = new Map(
        database
          .select({ project: runs.project, count: sql<number>`count(*)` })
          .from(runs)
          .where(eq(runs.status, "running"))
          .groupBy(runs.project)
          .all()
          .map(({ project: name, count }) => [name, count]),
      );
      return found.map((one) => {
        const verdict = newestVerdict.get({ project: one.project })?.verdict ?? undefined;
        return { ...one, running: going.get(one.project) ?? 0, ...(verdict !== undefined && { verdict }) };
      });
    },
    /** The newest run that has ended, of a branch, or, without one, of what is not a pull request. */
    newestEnded: (
      project: string,
      branch: string | undefined,
    ): { verdict: Verdict | null; ended_at_ms: number | null } | undefined =>
      database
        .select({ verdict: runs.verdict, ended_at_ms: runs.ended_at_ms })
        .from(runs)
        .where(
          and(
            eq(runs.project, project),
            eq(runs.status, "ended"),
            isJudged,
            isHistory,
            branch === undefined ? sql`json_extract(${runs.context}, '$.pull_request') is null` : eq(contextOf("branch"), branch),
          ),
        )
        .orderBy(desc(runs.submitted_at_ms), desc(runs.id))
        .limit(1)
        .get(),
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
    /** Those of which something was said since a moment: they ended, or were judged; and those that wait for that. The latest to end first. */
    toldSince: (since_ms: number, limit: number): RunId[] =>
      database
        .select({ id: runs.id })
        .from(runs)
        .where(
          and(
            eq(runs.status, "ended"),
            or(gte(runs.ended_at_ms, since_ms), gte(runs.judged_at_ms, since_ms), sql`coverage = 'awaited'`),
          ),
        )
        .orderBy(desc(runs.ended_at_ms))
        .limit(limit)
        .all()
        .map(({ id }) => id),
    /** Those that ended by a moment and still wait for what their tests covered, the one that has waited longest first. */
    awaitedSince: (ended_at_ms: number, limit: number): RunId[] =>
      database
        .select({ id: runs.id })
        .from(runs)
        // Written out, for the index is only of these.
        .where(and(sql`coverage = 'awaited'`, lte(runs.ended_at_ms, ended_at_ms)))
        .orderBy(runs.ended_at_ms)
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

    /**
     * Ended runs that are older than so many cases of runs that ended later, the oldest first; a file of which no cases are known counts as
     * one. The last run to end is none of them, however large.
     * @param withTrends only those whose points were taken
     */
    endedBeyond(cases: number, limit: number, withTrends: boolean): RunId[] {
      const ended: RunStatus = "ended";
      const weight = sql`max(coalesce(${runs.cases}, 0), coalesce(json_extract(${runs.account}, '$.discovered'), 0))`;
      const newer = sql`sum(${weight}) OVER (ORDER BY ${runs.ended_at_ms} DESC, ${runs.ended_position} DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)`;
      const ranked = database
        .select({ id: runs.id, trends_done: runs.trends_done, newer: newer.mapWith(Number).as("newer") })
        .from(runs)
        .where(and(eq(runs.status, ended), isNotNull(runs.ended_at_ms)))
        .as("ranked");
      return database
        .select({ id: ranked.id })
        .from(ranked)
        .where(and(gte(ranked.newer, cases), withTrends ? eq(ranked.trends_done, true) : undefined))
        .orderBy(desc(ranked.newer))
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
