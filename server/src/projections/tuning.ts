import type { FactOf } from "@shardwright/core";
import type { Database } from "../database/open.ts";
import { tuning } from "../database/tables.ts";

export function createTuningProjection(database: Database) {
  return {
    changed(body: FactOf<"TuningChanged">, at_ms: number): void {
      const { type: _, ...change } = body;
      const { parameter } = change;
      database
        .insert(tuning)
        .values({ parameter, change, at_ms })
        .onConflictDoUpdate({ target: tuning.parameter, set: { change, at_ms } })
        .run();
    },
  };
}
