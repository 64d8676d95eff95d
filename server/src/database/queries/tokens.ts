import { desc } from "drizzle-orm";
import type { Database } from "../open.ts";
import { tokens } from "../tables.ts";

export type TokenRow = typeof tokens.$inferSelect;

/** Reads tokens: their hashes, never the tokens themselves. */
export function createTokenQueries(database: Database) {
  return {
    all: (): TokenRow[] => database.select().from(tokens).orderBy(desc(tokens.created_at_ms)).all(),
  };
}
