import { type FactOf, isCovered, isMeasurement } from "@shardwright/core";
import { and, eq, isNotNull } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { runFigures, runs } from "../database/tables.ts";

/** What becomes of runs by what their tests covered, once all of them have passed. */
export function createCoverageProjection(database: Database) {
  const known = (run: string) =>
    database
      .select({
        suites: runs.suites,
        options: runs.options,
        reason: runs.reason,
        tests_reason: runs.tests_reason,
        opened_at_ms: runs.opened_at_ms,
      })
      .from(runs)
      .where(eq(runs.id, run))
      .get();

  return {
    /** A run has ended: where its coverage is measured, its verdict is not its last. */
    ended({ run, verdict }: FactOf<"RunEnded">): void {
      if (verdict !== "passed") return;
      const row = known(run);
      // The coordinator watches by itself what is only measured, and joins nothing.
      if (row?.suites.some(isCovered) !== true || isMeasurement(row.options)) return;
      const reason = `${row.reason}; what they covered is being joined`;
      database.update(runs).set({ coverage: "awaited", tests_reason: row.reason, reason }).where(eq(runs.id, run)).run();
    },

    judged({ run, verdict, reason }: FactOf<"RunJudged">, at_ms: number): void {
      const row = known(run);
      if (row === undefined || row.tests_reason === null) return;
      const { opened_at_ms, tests_reason } = row;
      database
        .update(runs)
        .set({ coverage: "judged", judged_at_ms: at_ms, verdict, reason: verdict === "passed" ? tests_reason : reason })
        .where(and(eq(runs.id, run), isNotNull(runs.coverage)))
        .run();
      database
        .update(runFigures)
        .set({ passed: verdict === "passed" })
        .where(and(eq(runFigures.run, run), eq(runFigures.opened_at_ms, opened_at_ms)))
        .run();
    },
  };
}
