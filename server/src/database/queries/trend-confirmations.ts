import { type ConfirmationId, type RunId, measurementKeyPrefix } from "@shardwright/core";
import { and, count, desc, eq, gte, isNull, like } from "drizzle-orm";
import type { Database } from "../open.ts";
import { runs, trendConfirmations, trendPoints, trendSources } from "../tables.ts";

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
