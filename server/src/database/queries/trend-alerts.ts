import { type AlertFilter, type AlertSeries, type TrendAlert, alertWorst, readDimensions } from "@shardwright/core";
import { type SQL, and, asc, count, desc, eq, gt, gte, inArray, isNotNull, isNull, lt, max, min, ne, or, sql } from "drizzle-orm";
import type { Database } from "../open.ts";
import {
  trendAlertSeries,
  trendAlerts,
  trendCommits,
  trendJudged,
  trendPoints,
  trendSeries,
  trendSources,
  trendUploads,
} from "../tables.ts";

export type AlertRow = typeof trendAlerts.$inferSelect;
export type SeriesRow = typeof trendSeries.$inferSelect;

/** A point of a watched branch, as it is analysed. */
export interface WatchedPoint {
  readonly source: number;
  readonly at_ms: number;
  readonly value: number;
  readonly commit: string | null;
  readonly machine: string | null;
  /** It is left out. */
  readonly marked: number;
}

/** Commits of a branch that ranges are looked for among: the newest. */
const historyLimit = 5000;
const watched = ["open", "acknowledged"] as const;

/** Reads alerts, and what they are made of. */
export function createTrendAlertQueries(database: Database) {
  const p = sql.placeholder;
  const series = database
    .select()
    .from(trendSeries)
    .where(eq(trendSeries.id, p("id")))
    .prepare();
  const told = database
    .select({
      alert: trendAlerts.id,
      branch: trendAlerts.branch,
      state: trendAlerts.state,
      judgement: trendAlerts.judgement,
      change: trendAlertSeries.change,
    })
    .from(trendAlertSeries)
    .innerJoin(trendAlerts, eq(trendAlerts.id, trendAlertSeries.alert))
    .where(eq(trendAlertSeries.series, p("series")))
    .orderBy(asc(trendAlerts.position))
    .prepare();
  const isSeen = and(eq(trendSources.dropped, false), or(isNull(trendUploads.state), ne(trendUploads.state, "open")));
  // A commit that is measured again later stands where it stood before.
  const newestPoints = database
    .select({
      source: trendSources.id,
      at_ms: trendSources.at_ms,
      value: trendPoints.value,
      commit: trendSources.commit,
      machine: trendSources.machine,
      marked: sql<number>`${trendPoints.mark} is not null`,
    })
    .from(trendPoints)
    .innerJoin(trendSources, eq(trendSources.id, trendPoints.source))
    .leftJoin(trendUploads, eq(trendUploads.id, trendSources.upload))
    .leftJoin(
      trendCommits,
      and(
        eq(trendCommits.project, p("project")),
        eq(trendCommits.branch, p("branch")),
        eq(trendCommits.commit, trendSources.commit),
      ),
    )
    .where(
      and(eq(trendPoints.series, p("series")), eq(trendSources.branch, p("branch")), eq(trendSources.proposed, false), isSeen),
    )
    .orderBy(
      desc(sql`coalesce(${trendCommits.first_ms}, ${trendSources.at_ms})`),
      desc(sql`coalesce(${trendCommits.id}, 0)`),
      desc(trendSources.at_ms),
      desc(trendSources.id),
    )
    .limit(p("limit"))
    .prepare();

  const usable = database
    .select({ source: trendPoints.source })
    .from(trendPoints)
    .innerJoin(trendSources, eq(trendSources.id, trendPoints.source))
    .leftJoin(trendUploads, eq(trendUploads.id, trendSources.upload))
    .where(
      and(
        eq(trendPoints.series, p("series")),
        isNull(trendPoints.mark),
        eq(trendSources.branch, p("branch")),
        eq(trendSources.proposed, false),
        isSeen,
      ),
    )
    .limit(p("limit"))
    .prepare();

  const newestPoint = database
    .select({ at_ms: max(trendSources.at_ms) })
    .from(trendPoints)
    .innerJoin(trendSources, eq(trendSources.id, trendPoints.source))
    .leftJoin(trendUploads, eq(trendUploads.id, trendSources.upload))
    .where(
      and(eq(trendPoints.series, p("series")), eq(trendSources.branch, p("branch")), eq(trendSources.proposed, false), isSeen),
    )
    .prepare();

  const seriesOf = (alert: string, limit: number): AlertSeries[] =>
    database
      .select({ row: trendAlertSeries, series: trendSeries })
      .from(trendAlertSeries)
      .innerJoin(trendSeries, eq(trendSeries.id, trendAlertSeries.series))
      .where(eq(trendAlertSeries.alert, alert))
      .orderBy(desc(trendAlertSeries.size), asc(trendAlertSeries.series))
      .limit(limit)
      .all()
      .map(({ row, series: { id, test, case_name, name, unit, better, dimensions, hardware_class } }) => ({
        ...row.change,
        series: id,
        test,
        case: case_name,
        name,
        unit,
        better,
        dimensions: readDimensions(dimensions),
        hardware_class,
      }));

  const countSeries = (alert: string): number =>
    database.select({ count: count() }).from(trendAlertSeries).where(eq(trendAlertSeries.alert, alert)).get()?.count ?? 0;

  const describe = (row: AlertRow, limit: number): TrendAlert => {
    const { id, project, branch, state, judgement, infrastructure, commits, opened_at_ms, changed_at_ms } = row;
    return {
      id,
      project,
      branch,
      state,
      judgement,
      infrastructure,
      commits,
      ...(row.last_good !== null && { last_good: row.last_good }),
      opened_at_ms,
      changed_at_ms,
      ...(row.by !== null && { by: row.by }),
      ...(row.note !== null && { note: row.note }),
      ...(row.recovered_at_ms !== null && { recovered_at_ms: row.recovered_at_ms }),
      ...(row.ended_by !== null && { ended_by: row.ended_by }),
      series_count: countSeries(id),
      series: seriesOf(id, limit),
    };
  };

  const isOf = ({ project = "default", state, judgement, commit }: AlertFilter): SQL | undefined =>
    and(
      eq(trendAlerts.project, project),
      state === undefined
        ? undefined
        : state === "watched"
          ? inArray(trendAlerts.state, [...watched])
          : eq(trendAlerts.state, state),
      judgement === undefined ? undefined : eq(trendAlerts.judgement, judgement),
      commit === undefined
        ? undefined
        : sql`exists (select 1 from json_each(${trendAlerts.commits}) where json_each.value = ${commit})`,
    );

  return {
    /** How far all was looked at when that was last recorded. */
    judgedUntil: (): number => database.select().from(trendJudged).get()?.until ?? 0,

    /** The first fact of the oldest upload of which not all has come. */
    oldestUpload: (): number | undefined =>
      database
        .select({ id: min(trendUploads.id) })
        .from(trendUploads)
        .where(eq(trendUploads.state, "open"))
        .get()?.id ?? undefined,

    upload: (project: string, name: string): number | undefined =>
      database
        .select({ id: trendUploads.id })
        .from(trendUploads)
        .where(and(eq(trendUploads.project, project), eq(trendUploads.name, name)))
        .get()?.id,

    /** Series to which something was added after this fact, in the order of their numbers. */
    touchedAfter: (position: number, after: number, limit: number) =>
      database
        .select({ id: trendSeries.id, project: trendSeries.project })
        .from(trendSeries)
        .where(and(gt(trendSeries.position, position), gt(trendSeries.id, after)))
        .orderBy(asc(trendSeries.id))
        .limit(limit)
        .all(),

    series: (id: number): SeriesRow | undefined => series.get({ id }),

    /** Series of a project that are still added to. */
    countSince: (project: string, since_ms: number): number =>
      database
        .select({ count: count() })
        .from(trendSeries)
        .where(and(eq(trendSeries.project, project), gte(trendSeries.last_at_ms, since_ms)))
        .get()?.count ?? 0,

    /** The same, by their numbers. */
    idsSince: (project: string, since_ms: number, limit: number): number[] =>
      database
        .select({ id: trendSeries.id })
        .from(trendSeries)
        .where(and(eq(trendSeries.project, project), gte(trendSeries.last_at_ms, since_ms)))
        .orderBy(asc(trendSeries.id))
        .limit(limit)
        .all()
        .map(({ id }) => id),

    /** Points that count, of a series on a branch; so many at most are looked for. */
    countUsable: (id: number, branch: string, limit: number): number => usable.all({ series: id, branch, limit }).length,

    /** The newest points of a branch, in the order of its commits. */
    points: (of: { readonly series: number; readonly project: string; readonly branch: string }, limit: number): WatchedPoint[] =>
      newestPoints.all({ ...of, limit }).reverse(),

    /** When a series was last measured on a branch; undefined where no point of that is kept. */
    newestPoint: (series: number, branch: string): number | undefined => newestPoint.get({ series, branch })?.at_ms ?? undefined,

    /** Commits of some branches that were measured first after a moment; so many at most are counted. */
    countCommits: (project: string, branches: readonly string[], since_ms: number, limit: number): number =>
      database
        .select({ id: trendCommits.id })
        .from(trendCommits)
        .where(
          and(
            eq(trendCommits.project, project),
            inArray(trendCommits.branch, [...branches]),
            gt(trendCommits.first_ms, since_ms),
          ),
        )
        .limit(limit)
        .all().length,

    /** The branch's commits, oldest first. */
    history: (project: string, branch: string): string[] =>
      database
        .select({ commit: trendCommits.commit })
        .from(trendCommits)
        .where(and(eq(trendCommits.project, project), eq(trendCommits.branch, branch)))
        .orderBy(desc(trendCommits.first_ms), desc(trendCommits.id))
        .limit(historyLimit)
        .all()
        .map(({ commit }) => commit)
        .reverse(),

    /** What alerts tell of a series. */
    told: (id: number) => told.all({ series: id }),

    /** What one alert tells of its series. */
    toldBy: (alert: string, limit: number) =>
      database
        .select({ series: trendAlertSeries.series, change: trendAlertSeries.change })
        .from(trendAlertSeries)
        .where(eq(trendAlertSeries.alert, alert))
        .orderBy(desc(trendAlertSeries.size), asc(trendAlertSeries.series))
        .limit(limit)
        .all(),

    countSeries,

    row: (id: string): AlertRow | undefined => database.select().from(trendAlerts).where(eq(trendAlerts.id, id)).get(),

    /** Alerts of a project that somebody may have to look at, oldest first. */
    watchedOf: (project: string, limit: number): AlertRow[] =>
      database
        .select()
        .from(trendAlerts)
        .where(and(eq(trendAlerts.project, project), inArray(trendAlerts.state, [...watched])))
        .orderBy(asc(trendAlerts.position))
        .limit(limit)
        .all(),

    /** The newest alerts of a branch, whatever became of them. */
    ofBranch: (project: string, branch: string, limit: number): AlertRow[] =>
      database
        .select()
        .from(trendAlerts)
        .where(and(eq(trendAlerts.project, project), eq(trendAlerts.branch, branch)))
        .orderBy(desc(trendAlerts.position))
        .limit(limit)
        .all(),

    list(
      filter: AlertFilter,
      before: number,
      limit: number,
    ): { readonly alerts: TrendAlert[]; readonly next: number | undefined } {
      const rows = database
        .select()
        .from(trendAlerts)
        .where(and(isOf(filter), lt(trendAlerts.position, before)))
        .orderBy(desc(trendAlerts.position))
        .limit(limit)
        .all();
      return {
        alerts: rows.map((row) => describe(row, alertWorst)),
        next: rows.length < limit ? undefined : rows.at(-1)?.position,
      };
    },

    alert(project: string, id: string, limit: number): TrendAlert | undefined {
      const row = database
        .select()
        .from(trendAlerts)
        .where(and(eq(trendAlerts.project, project), eq(trendAlerts.id, id)))
        .get();
      return row === undefined ? undefined : describe(row, limit);
    },

    /** Regressions of which people are still to be told: that they are there, or that they are gone; oldest first. */
    untold: (limit: number): { readonly alert: TrendAlert; readonly of: "opening" | "recovery" }[] =>
      database
        .select()
        .from(trendAlerts)
        .where(
          and(
            eq(trendAlerts.judgement, "regression"),
            or(
              and(eq(trendAlerts.state, "open"), isNull(trendAlerts.told_at_ms)),
              and(eq(trendAlerts.state, "fixed"), isNotNull(trendAlerts.told_at_ms), isNull(trendAlerts.told_recovery_at_ms)),
            ),
          ),
        )
        .orderBy(asc(trendAlerts.position))
        .limit(limit)
        .all()
        .map((row) => ({ alert: describe(row, alertWorst), of: row.state === "fixed" ? "recovery" : "opening" })),

    /** The latest position of which anything was measured. */
    latest: (): number =>
      database
        .select({ position: max(trendSeries.position) })
        .from(trendSeries)
        .get()?.position ?? 0,
  };
}
