import type { FactOf } from "@shardwright/core";
import { desc, eq, lt, lte } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { audit } from "../database/tables.ts";

/** Entries that are kept, and for how long; the oldest are forgotten beyond that. */
const kept = 10_000;
const kept_ms = 400 * 86_400_000;

/** Who did what. What happened when an entry comes decides what is forgotten: all coordinators forget the same. */
export function createAuditProjection(database: Database) {
  return {
    begun({ action: id, name, actor, route, object, project }: FactOf<"ActionBegun">, at_ms: number, position: number): void {
      database
        .insert(audit)
        .values({ position, id, at_ms, name, actor, route, object, project: project ?? null, outcome: "begun" })
        .onConflictDoNothing()
        .run();
      const beyond = database
        .select({ position: audit.position })
        .from(audit)
        .orderBy(desc(audit.position))
        .limit(1)
        .offset(kept)
        .get();
      if (beyond !== undefined) database.delete(audit).where(lte(audit.position, beyond.position)).run();
      database
        .delete(audit)
        .where(lt(audit.at_ms, at_ms - kept_ms))
        .run();
    },
    ended({ action: id, outcome, code }: FactOf<"ActionEnded">): void {
      database
        .update(audit)
        .set({ outcome, code: code ?? null })
        .where(eq(audit.id, id))
        .run();
    },
  };
}
