import { type FactOf, condense, dimensionsText, keeping } from "@shardwright/core";
import { and, eq, lt, sql } from "drizzle-orm";
import type { DatabaseSync } from "node:sqlite";
import type { Database } from "../database/open.ts";
import { trendUploads } from "../database/tables.ts";
import { RunFigures } from "./run-figures.ts";
import { createRunTrends } from "./run-trends.ts";
import { TrendRolling } from "./trend-rolling.ts";
import { type SourceRow, TrendStore } from "./trend-store.ts";

const day_ms = 86_400_000;

/** What was measured, over time: by runs, and elsewhere. */
export function createTrendProjection(database: Database, client: DatabaseSync) {
  const store = new TrendStore(client);
  const rolling = new TrendRolling(client, store);
  const figures = new RunFigures(client);
  const ofRuns = createRunTrends(database, store, figures);
  const p = sql.placeholder;
  const named = and(eq(trendUploads.project, p("project")), eq(trendUploads.name, p("upload")));
  const find = database.select().from(trendUploads).where(named).prepare();

  return {
    taken({ run }: FactOf<"TrendsTaken">, position: number): void {
      ofRuns.taken(run, position);
    },

    rolled: ({ series }: FactOf<"TrendsRolled">): void => rolling.roll(series),

    /** Parts come in their order; one that came before changes nothing. */
    reported(fact: FactOf<"MetricsReported">, at_ms: number, position: number): void {
      const { project, upload, part, last, sources, points } = fact;
      const known = find.get({ project, upload });
      if (known?.state === "complete" || part !== (known?.parts ?? 0)) return;
      const id = known?.id ?? position;
      const rows = sources.map((source): SourceRow & { readonly hardware_class: string } => ({
        at_ms: source.at_ms,
        hardware_class: source.hardware_class,
        commit: source.commit ?? null,
        branch: source.branch ?? null,
        proposed: false,
        run: null,
        machine: source.machine ?? null,
        upload: id,
      }));
      const ids = rows.map((row) => store.sourceOfUpload(row) ?? store.newSource(project, row));
      const tally = { added: 0, duplicate: 0, "left-out": 0 };
      for (const { source, test, case: case_name, value, replicates, better, name, unit, dimensions, partial } of points) {
        const from = rows[source];
        const sourceId = ids[source];
        if (from === undefined || sourceId === undefined) continue;
        const { hardware_class } = from;
        const key = { project, test, case_name, name, unit, dimensions: dimensionsText(dimensions), hardware_class };
        const mark = partial === true ? "partial" : null;
        tally[store.add(key, better, sourceId, from.at_ms, condense(value, replicates), mark, position)] += 1;
      }
      const row = {
        state: last ? ("complete" as const) : ("open" as const),
        parts: part + 1,
        points: (known?.points ?? 0) + tally.added,
        duplicates: (known?.duplicates ?? 0) + tally.duplicate,
        left_out: (known?.left_out ?? 0) + tally["left-out"],
        at_ms,
      };
      database
        .insert(trendUploads)
        .values({ id, project, name: upload, ...row })
        .onConflictDoUpdate({ target: trendUploads.id, set: row })
        .run();
      if (last && part > 0) rolling.uploadOver(project, id);
    },

    dropped({ project, upload }: FactOf<"MetricsDropped">): void {
      const known = find.get({ project, upload });
      if (known === undefined || known.state === "complete") return;
      store.dropUpload(known.id);
      database.delete(trendUploads).where(eq(trendUploads.id, known.id)).run();
      rolling.uploadOver(project, known.id);
    },

    renamed({ project, from, to }: FactOf<"TestRenamed">, position: number): void {
      for (const series of store.seriesOfTest(project, from.test)) {
        if (from.case !== "" && series.case_name !== from.case) continue;
        store.rename(series, { ...series, test: to.test, case_name: from.case === "" ? series.case_name : to.case }, position);
      }
    },

    workerCame: ({ worker }: FactOf<"WorkerRegistered">, at_ms: number): void => figures.workerCame(worker, at_ms),
    workerWent: ({ worker }: FactOf<"WorkerGone">, at_ms: number): void => figures.workerWent(worker, at_ms),

    /** What nobody adds to any more goes, when runs go. */
    purged(at_ms: number): void {
      const before_ms = at_ms - keeping.idle_days * day_ms;
      store.forgetIdle(before_ms);
      figures.purged(at_ms);
      database
        .delete(trendUploads)
        .where(and(eq(trendUploads.state, "complete"), lt(trendUploads.at_ms, before_ms)))
        .run();
    },

    /** Forgets all it knows: the tables are others now. */
    forget: () => store.forget(),
  };
}
