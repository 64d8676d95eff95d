import { type FactOf, sessionActions } from "@shardwright/core";
import { type SQL, and, desc, eq, lt, lte, sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { audit } from "../database/tables.ts";

/** Entries that are kept, and for how long; the oldest are forgotten beyond that. */
const kept = 10_000;
const kept_ms = 400 * 86_400_000;
/** Of these, entries about who came and went: everybody does so every day, which must not push out what they did. */
const keptSessions = 2000;

/** Who did what. What happened when an entry comes decides what is forgotten: all coordinators forget the same. */
export function createAuditProjection(database: Database) {
  const isOfSessions = sql`substr(${audit.name}, 1, ${sessionActions.length}) = ${sessionActions}`;
  /** Forgets the oldest of the entries that are meant. */
  function forgetBeyond(count: number, which?: SQL): void {
    const beyond = database
      .select({ position: audit.position })
      .from(audit)
      .where(which)
      .orderBy(desc(audit.position))
      .limit(1)
      .offset(count)
      .get();
    if (beyond !== undefined)
      database
        .delete(audit)
        .where(and(which, lte(audit.position, beyond.position)))
        .run();
  }
  return {
    begun({ action: id, name, actor, route, object, project }: FactOf<"ActionBegun">, at_ms: number, position: number): void {
      database
        .insert(audit)
        .values({ position, id, at_ms, name, actor, route, object, project: project ?? null, outcome: "begun" })
        .onConflictDoNothing()
        .run();
      forgetBeyond(kept);
      if (name.startsWith(sessionActions)) forgetBeyond(keptSessions, isOfSessions);
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
