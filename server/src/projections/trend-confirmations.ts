import type { FactOf } from "@shardwright/core";
import { eq, lt } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { trendConfirmations } from "../database/tables.ts";

/** What came of one is remembered for so long: the same suspicion is not measured twice. */
const kept_ms = 90 * 86_400_000;

/** Suspicions that are measured again, and what came of them. */
export function createConfirmationProjection(database: Database) {
  return {
    begun(
      { confirmation: id, project, series, good, bad, good_run, bad_run, machines }: FactOf<"ConfirmationBegun">,
      begun_at_ms: number,
    ): void {
      database
        .insert(trendConfirmations)
        .values({ id, project, series, good, bad, good_run, bad_run, machines, begun_at_ms })
        .onConflictDoNothing()
        .run();
    },
    ended({ confirmation, decision, p, relative, reason }: FactOf<"ConfirmationEnded">, ended_at_ms: number): void {
      database
        .update(trendConfirmations)
        .set({ decision, p, relative: relative ?? null, reason: reason ?? null, ended_at_ms })
        .where(eq(trendConfirmations.id, confirmation))
        .run();
    },
    purged(at_ms: number): void {
      database
        .delete(trendConfirmations)
        .where(lt(trendConfirmations.ended_at_ms, at_ms - kept_ms))
        .run();
    },
  };
}
