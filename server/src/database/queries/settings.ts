import type { Database } from "../open.ts";
import { settings } from "../tables.ts";

export type SettingRow = typeof settings.$inferSelect;

/** Reads what was set for all coordinators. */
export function createSettingQueries(database: Database) {
  return {
    all: (): SettingRow[] => database.select().from(settings).all(),
  };
}
