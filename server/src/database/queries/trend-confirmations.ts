import {
  type ConfirmationFilter,
  type ConfirmationId,
  type RunId,
  type TrendConfirmation,
  measurementKeyPrefix,
  readDimensions,
} from "@shardwright/core";
import { and, count, desc, eq, gte, isNull, like, lt, or } from "drizzle-orm";
import type { Database } from "../open.ts";
import { runs, trendConfirmations, trendPoints, trendSeries, trendSources } from "../tables.ts";

export type ConfirmationRow = typeof trendConfirmations.$inferSelect;

/** Reads what is measured again. */
export function createConfirmationQueries(database: Database) {
  return {
    byId: (id: ConfirmationId): ConfirmationRow | undefined =>
      database.select().from(trendConfirmations).where(eq(trendConfirmations.id, id)).get(),
    /** Those that go on, in the order in which they began. */
    open: (): ConfirmationRow[] =>
      database
        .select()
        .from(trendConfirmations)
        .where(isNull(trendConfirmations.ended_at_ms))
        .orderBy(trendConfirmations.begun_at_ms)
        .all(),
    endedSince: (at_ms: number, limit: number): ConfirmationRow[] =>
      database.select().from(trendConfirmations).where(gte(trendConfirmations.ended_at_ms, at_ms)).limit(limit).all(),
    /** Newest first, of a project, as they are shown. */
    list(
      { project = "default", series, commit }: ConfirmationFilter,
      before: string | undefined,
      limit: number,
    ): { readonly confirmations: TrendConfirmation[]; readonly next: string | undefined } {
      const [, begun_at_ms, id] = /^(\d+)-(.*)$/.exec(before ?? "") ?? [];
      const { begun_at_ms: begun } = trendConfirmations;
      const rows = database
        .select({ row: trendConfirmations, about: trendSeries })
        .from(trendConfirmations)
        .leftJoin(trendSeries, eq(trendSeries.id, trendConfirmations.series))
        .where(
          and(
            eq(trendConfirmations.project, project),
            series === undefined ? undefined : eq(trendConfirmations.series, Number(series)),
            commit === undefined ? undefined : eq(trendConfirmations.bad, commit),
            begun_at_ms === undefined || id === undefined
              ? undefined
              : or(lt(begun, Number(begun_at_ms)), and(eq(begun, Number(begun_at_ms)), lt(trendConfirmations.id, id))),
          ),
        )
        .orderBy(desc(begun), desc(trendConfirmations.id))
        .limit(limit)
        .all();
      const last = rows.at(-1)?.row;
      return {
        confirmations: rows.map(({ row, about }) => describe(row, about)),
        next: last === undefined || rows.length < limit ? undefined : `${last.begun_at_ms}-${last.id}`,
      };
    },
    /** Runs that were made for it since a moment. */
    runsSince: (at_ms: number): number =>
      database
        .select({ count: count() })
        .from(runs)
        .where(and(gte(runs.submitted_at_ms, at_ms), like(runs.run_key, `${measurementKeyPrefix}%`)))
        .get()?.count ?? 0,
    /** The last run that measured a commit for a series, and where. */
    runOf: (series: number, commit: string): { readonly run: RunId; readonly machine: string | null } | undefined => {
      const found = database
        .select({ run: trendSources.run, machine: trendSources.machine })
        .from(trendPoints)
        .innerJoin(trendSources, eq(trendSources.id, trendPoints.source))
        .where(and(eq(trendPoints.series, series), eq(trendSources.commit, commit), isNull(trendPoints.mark)))
        .orderBy(desc(trendSources.id))
        .limit(1)
        .get();
      return found?.run == null ? undefined : { run: found.run, machine: found.machine };
    },
  };
}

function describe(row: ConfirmationRow, about: typeof trendSeries.$inferSelect | null): TrendConfirmation {
  const { id, project, series, good, bad, machines, begun_at_ms, decision, p, relative, reason, ended_at_ms } = row;
  return {
    id,
    project,
    series,
    ...(about !== null && {
      about: {
        test: about.test,
        case: about.case_name,
        name: about.name,
        unit: about.unit,
        better: about.better,
        dimensions: readDimensions(about.dimensions),
        hardware_class: about.hardware_class,
      },
    }),
    good,
    bad,
    machines,
    begun_at_ms,
    ...(decision !== null && { decision }),
    ...(p !== null && { p }),
    ...(relative !== null && { relative }),
    ...(reason !== null && { reason }),
    ...(ended_at_ms !== null && { ended_at_ms }),
  };
}
