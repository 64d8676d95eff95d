import type { FactOf } from "@shardwright/core";
import { and, eq } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { quarantine } from "../database/tables.ts";

export function createQuarantineProjection(database: Database) {
  return {
    changed({ project, test, entry }: FactOf<"QuarantineChanged">, since_ms: number): void {
      if (entry === undefined)
        database
          .delete(quarantine)
          .where(and(eq(quarantine.project, project), eq(quarantine.test, test)))
          .run();
      else
        database
          .insert(quarantine)
          .values({ project, test, ...entry, since_ms })
          .onConflictDoUpdate({ target: [quarantine.project, quarantine.test], set: { ...entry, since_ms } })
          .run();
    },
  };
}
