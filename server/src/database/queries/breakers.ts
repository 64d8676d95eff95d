import { asc } from "drizzle-orm";
import type { Database } from "../open.ts";
import { breakers } from "../tables.ts";

export type BreakerRow = typeof breakers.$inferSelect;

/** Reads circuit breakers. */
export function createBreakerQueries(database: Database) {
  const all = database.select().from(breakers).orderBy(asc(breakers.scope), asc(breakers.name)).prepare();
  return { all: (): BreakerRow[] => all.all() };
}
