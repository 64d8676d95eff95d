import type { FactOf } from "@shardwright/core";
import { eq, inArray } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { tokens } from "../database/tables.ts";

/** Tokens deleted with one statement. */
const batch = 500;

export function createTokenProjection(database: Database) {
  return {
    created({ token, name, scope, hash, expires_at_ms, project, exchanged }: FactOf<"TokenCreated">, at_ms: number): void {
      database
        .insert(tokens)
        .values({
          id: token,
          name,
          scope,
          hash,
          created_at_ms: at_ms,
          expires_at_ms: expires_at_ms ?? null,
          revoked: false,
          project: project ?? null,
          exchanged: exchanged === true,
        })
        .run();
    },
    revoked({ token }: FactOf<"TokenRevoked">): void {
      database.update(tokens).set({ revoked: true }).where(eq(tokens.id, token)).run();
    },
    purged({ tokens: ids }: FactOf<"TokensPurged">): void {
      for (let first = 0; first < ids.length; first += batch)
        database
          .delete(tokens)
          .where(inArray(tokens.id, ids.slice(first, first + batch)))
          .run();
    },
  };
}
