import { type AlertedChange, type FactOf, alertKeeping } from "@shardwright/core";
import { and, asc, eq, inArray, lt, notExists, sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { trendAlertSeries, trendAlerts, trendJudged } from "../database/tables.ts";

const day_ms = 86_400_000;
/** Alerts that one purge forgets. */
const purgeBatch = 1000;

/** What was made of changes: alerts, and how far all was looked at. */
export function createTrendAlertProjection(database: Database) {
  const byId = (alert: string) => eq(trendAlerts.id, alert);

  const add = (alert: string, changes: readonly AlertedChange[]): void => {
    for (const change of changes)
      database
        .insert(trendAlertSeries)
        .values({ alert, series: change.series, size: Math.abs(change.relative?.estimate ?? 0), change })
        .onConflictDoNothing()
        .run();
  };

  const remove = (ids: readonly string[]): void => {
    for (const id of ids) {
      database.delete(trendAlertSeries).where(eq(trendAlertSeries.alert, id)).run();
      database.delete(trendAlerts).where(byId(id)).run();
    }
  };

  /** The oldest go, those first that nobody has to look at. */
  const makeRoom = (project: string): void => {
    const inProject = eq(trendAlerts.project, project);
    const count =
      database
        .select({ count: sql<number>`count(*)` })
        .from(trendAlerts)
        .where(inProject)
        .get()?.count ?? 0;
    if (count < alertKeeping.ofProject) return;
    const oldest = database
      .select({ id: trendAlerts.id })
      .from(trendAlerts)
      .where(inProject)
      .orderBy(asc(sql`${trendAlerts.state} in ('open', 'acknowledged')`), asc(trendAlerts.position))
      .limit(count - alertKeeping.ofProject + 1)
      .all();
    remove(oldest.map(({ id }) => id));
  };

  return {
    opened(fact: FactOf<"AlertOpened">, at_ms: number, position: number) {
      const { alert, project, branch, judgement, infrastructure, commits, last_good, changes } = fact;
      makeRoom(project);
      database
        .insert(trendAlerts)
        .values({
          id: alert,
          project,
          branch,
          judgement,
          infrastructure,
          commits,
          last_good: last_good ?? null,
          state: "open",
          position,
          opened_at_ms: at_ms,
          changed_at_ms: at_ms,
        })
        .onConflictDoNothing()
        .run();
      add(alert, changes);
    },

    grown({ alert, commits, infrastructure, changes }: FactOf<"AlertGrown">, at_ms: number) {
      const known = database.update(trendAlerts).set({ commits, infrastructure, changed_at_ms: at_ms }).where(byId(alert)).run();
      if (Number(known.changes) > 0) add(alert, changes);
    },

    judged({ alert, state, by, note }: FactOf<"AlertJudged">, at_ms: number) {
      database
        .update(trendAlerts)
        .set({
          state,
          by,
          note: note ?? null,
          changed_at_ms: at_ms,
          ...(state !== "invalid" && { recovered_at_ms: null, ended_by: null }),
        })
        .where(byId(alert))
        .run();
    },

    recovered({ alert, reason = "recovered" }: FactOf<"AlertRecovered">, at_ms: number) {
      const isWatched = inArray(trendAlerts.state, ["open", "acknowledged"]);
      database
        .update(trendAlerts)
        .set({ state: "fixed", recovered_at_ms: at_ms, ended_by: reason, changed_at_ms: at_ms })
        .where(and(byId(alert), isWatched))
        .run();
    },

    told({ alert, of }: FactOf<"AlertTold">, at_ms: number) {
      const set = of === "opening" ? { told_at_ms: at_ms } : { told_recovery_at_ms: at_ms };
      database.update(trendAlerts).set(set).where(byId(alert)).run();
    },

    until({ until }: FactOf<"TrendsJudged">) {
      database.insert(trendJudged).values({ id: 1, until }).onConflictDoUpdate({ target: trendJudged.id, set: { until } }).run();
    },

    /** Those that are closed for long, and those whose series are all forgotten. */
    purged(at_ms: number) {
      const isOld = and(
        inArray(trendAlerts.state, ["fixed", "invalid"]),
        lt(trendAlerts.changed_at_ms, at_ms - alertKeeping.closed_days * day_ms),
      );
      const series = database
        .select({ one: sql`1` })
        .from(trendAlertSeries)
        .where(eq(trendAlertSeries.alert, trendAlerts.id));
      for (const isOver of [isOld, notExists(series)]) {
        const rows = database
          .select({ id: trendAlerts.id })
          .from(trendAlerts)
          .where(isOver)
          .orderBy(asc(trendAlerts.position))
          .limit(purgeBatch);
        remove(rows.all().map(({ id }) => id));
      }
    },
  };
}
