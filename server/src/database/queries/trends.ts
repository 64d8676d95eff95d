import { type TrendFilter, type TrendPoint, type TrendSeries, keeping, readDimensions } from "@shardwright/core";
import { type SQL, and, asc, desc, eq, gt, gte, isNull, lt, ne, or, sql } from "drizzle-orm";
import type { Database } from "../open.ts";
import { trendPoints, trendSeries, trendSources, trendUploads } from "../tables.ts";

/** Points that are counted for one page of series: whoever waits meanwhile does not wait long. */
const pointsCounted = 10_000;

/** Reads what was measured over time. */
export function createTrendQueries(database: Database) {
  // Nothing of an upload is seen before all of it has come.
  const isSeen = and(eq(trendSources.dropped, false), or(isNull(trendUploads.state), ne(trendUploads.state, "open")));

  const ofSeries = (series: number, branch: string | undefined) =>
    and(eq(trendPoints.series, series), isSeen, branch === undefined ? undefined : eq(trendSources.branch, branch));

  const measured = (where: SQL | undefined) =>
    database
      .select({ point: trendPoints, source: trendSources })
      .from(trendPoints)
      .innerJoin(trendSources, eq(trendSources.id, trendPoints.source))
      .leftJoin(trendUploads, eq(trendUploads.id, trendSources.upload))
      .where(where);

  const describe = (row: typeof trendSeries.$inferSelect, branch: string | undefined): TrendSeries => {
    const { id, test, case_name, name, unit, better, dimensions, hardware_class } = row;
    const seen = database
      .select({ points: sql<number>`count(*)`, marked: sql<number>`count(${trendPoints.mark})` })
      .from(trendPoints)
      .innerJoin(trendSources, eq(trendSources.id, trendPoints.source))
      .leftJoin(trendUploads, eq(trendUploads.id, trendSources.upload))
      .where(ofSeries(id, branch))
      .get();
    const last = database
      .select({ value: trendPoints.value, at_ms: trendSources.at_ms, commit: trendSources.commit })
      .from(trendPoints)
      .innerJoin(trendSources, eq(trendSources.id, trendPoints.source))
      .leftJoin(trendUploads, eq(trendUploads.id, trendSources.upload))
      .where(and(ofSeries(id, branch), isNull(trendPoints.mark)))
      .orderBy(desc(trendSources.at_ms), desc(trendSources.id))
      .limit(1)
      .get();
    return {
      id,
      test,
      case: case_name,
      name,
      unit,
      better,
      dimensions: readDimensions(dimensions),
      hardware_class,
      points: seen?.points ?? 0,
      marked: seen?.marked ?? 0,
      ...(last !== undefined && {
        last: { value: last.value, at_ms: last.at_ms, ...(last.commit !== null && { commit: last.commit }) },
      }),
    };
  };

  return {
    upload: (project: string, name: string) =>
      database
        .select()
        .from(trendUploads)
        .where(and(eq(trendUploads.project, project), eq(trendUploads.name, name)))
        .get(),

    /** Uploads that are not complete, and to which nothing was added since then. */
    staleUploads: (before_ms: number, limit: number) =>
      database
        .select({ project: trendUploads.project, name: trendUploads.name })
        .from(trendUploads)
        .where(and(eq(trendUploads.state, "open"), lt(trendUploads.at_ms, before_ms)))
        .orderBy(asc(trendUploads.id))
        .limit(limit)
        .all(),

    /** Series that are to be rolled up, as many as may be together. */
    due: (): number[] => {
      const rows = database
        .select({ id: trendSeries.id, rows: trendSeries.rows })
        .from(trendSeries)
        .where(sql`${trendSeries.rows} >= ${trendSeries.roll_at}`)
        .orderBy(asc(trendSeries.id))
        .limit(keeping.rolledTogether)
        .all();
      let points = 0;
      return rows.filter((row, place) => (points += row.rows) <= keeping.rolledRows || place === 0).map(({ id }) => id);
    },

    /** How many series a test has; with an empty case, a file with all its cases. */
    countOf: (project: string, test: string, case_name: string): number =>
      database
        .select({ count: sql<number>`count(*)` })
        .from(trendSeries)
        .where(
          and(
            eq(trendSeries.project, project),
            eq(trendSeries.test, test),
            case_name === "" ? undefined : eq(trendSeries.case_name, case_name),
          ),
        )
        .get()?.count ?? 0,

    /** Series by their ids, beginning after one of them; those of which nothing is seen are left out. */
    list(
      { project = "default", test, metric, hardware, branch }: TrendFilter,
      after: number,
      limit: number,
    ): { readonly series: TrendSeries[]; readonly next: number | undefined } {
      const rows = database
        .select()
        .from(trendSeries)
        .where(
          and(
            eq(trendSeries.project, project),
            gt(trendSeries.id, after),
            test === undefined ? undefined : matchesTest(test),
            metric === undefined ? undefined : glob(sql`${trendSeries.name}`, metric),
            hardware === undefined ? undefined : glob(sql`${trendSeries.hardware_class}`, hardware),
          ),
        )
        .orderBy(asc(trendSeries.id))
        .limit(limit)
        .all();
      let points = 0;
      const page = rows.filter((row, place) => place === 0 || (points += row.rows) <= pointsCounted);
      const series = page.map((row) => describe(row, branch)).filter((one) => one.points > 0);
      return { series, next: page.length === rows.length && rows.length < limit ? undefined : page.at(-1)?.id };
    },

    series(project: string, id: number, branch: string | undefined): TrendSeries | undefined {
      const row = database
        .select()
        .from(trendSeries)
        .where(and(eq(trendSeries.project, project), eq(trendSeries.id, id)))
        .get();
      return row === undefined ? undefined : describe(row, branch);
    },

    /** Oldest first. */
    points(series: number, branch: string | undefined, offset: number, limit: number): TrendPoint[] {
      const rows = measured(ofSeries(series, branch))
        .orderBy(asc(trendSources.at_ms), asc(trendSources.id))
        .limit(limit)
        .offset(offset)
        .all();
      return rows.map(({ point, source }) => pointOf(point, source));
    },

    /** The newest ones since then, oldest first. */
    newest(series: number, branch: string | undefined, since_ms: number, limit: number): TrendPoint[] {
      const rows = measured(and(ofSeries(series, branch), gte(trendSources.at_ms, since_ms)))
        .orderBy(desc(trendSources.at_ms), desc(trendSources.id))
        .limit(limit)
        .all();
      return rows.reverse().map(({ point, source }) => pointOf(point, source));
    },
  };
}

function pointOf(point: typeof trendPoints.$inferSelect, source: typeof trendSources.$inferSelect): TrendPoint {
  const { value, count, spread, replicates, mark, rolled } = point;
  const { at_ms, commit, branch, run, machine } = source;
  return {
    at_ms,
    value,
    count,
    ...(spread !== null && { spread }),
    ...(replicates !== null && { replicates: JSON.parse(replicates) as number[] }),
    ...(commit !== null && { commit }),
    ...(branch !== null && { branch }),
    ...(run !== null && { run }),
    ...(machine !== null && { machine }),
    ...(mark !== null && { mark }),
    ...(rolled > 0 && { rolled }),
  };
}

/** Of a case its name or its last title, of a file its key, its path or its name, or both as they are printed. */
function matchesTest(pattern: string): SQL | undefined {
  const { test, case_name } = trendSeries;
  return or(
    glob(sql`${case_name}`, pattern),
    glob(sql`${case_name}`, pattern, "*> "),
    glob(sql`${test}`, pattern),
    glob(sql`${test}`, pattern, "*:"),
    glob(sql`${test}`, pattern, "*/"),
    glob(sql`${test} || ' > ' || ${case_name}`, pattern),
    glob(sql`${test} || ' > ' || ${case_name}`, pattern, "*:"),
  );
}

/** A bracket stands for itself: only `*` and `?` mean something. */
function glob(value: SQL, pattern: string, before = ""): SQL {
  return sql`${value} GLOB ${before + pattern.replaceAll("[", "[[]")}`;
}
