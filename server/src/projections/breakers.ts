import { type FactOf, isUnremarkable } from "@shardwright/core";
import { and, eq } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { breakers } from "../database/tables.ts";

export function createBreakerProjection(database: Database) {
  return {
    changed({ scope, name, breaker }: FactOf<"BreakerChanged">, at_ms: number): void {
      if (isUnremarkable(breaker))
        database
          .delete(breakers)
          .where(and(eq(breakers.scope, scope), eq(breakers.name, name)))
          .run();
      else
        database
          .insert(breakers)
          .values({ scope, name, breaker, at_ms })
          .onConflictDoUpdate({ target: [breakers.scope, breakers.name], set: { breaker, at_ms } })
          .run();
    },
  };
}
