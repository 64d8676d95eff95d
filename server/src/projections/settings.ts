import type { FactOf } from "@shardwright/core";
import { eq } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { settings } from "../database/tables.ts";

export function createSettingProjection(database: Database) {
  return {
    changed({ key, value }: FactOf<"SettingChanged">, at_ms: number): void {
      if (value === undefined) database.delete(settings).where(eq(settings.key, key)).run();
      else
        database
          .insert(settings)
          .values({ key, value, at_ms })
          .onConflictDoUpdate({ target: settings.key, set: { value, at_ms } })
          .run();
    },
  };
}
