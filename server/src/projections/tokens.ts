import type { FactOf } from "@shardwright/core";
import { eq } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { tokens } from "../database/tables.ts";

export function createTokenProjection(database: Database) {
  return {
    created({ token, name, scope, hash, expires_at_ms }: FactOf<"TokenCreated">, at_ms: number): void {
      database
        .insert(tokens)
        .values({ id: token, name, scope, hash, created_at_ms: at_ms, expires_at_ms: expires_at_ms ?? null, revoked: false })
        .run();
    },
    revoked({ token }: FactOf<"TokenRevoked">): void {
      database.update(tokens).set({ revoked: true }).where(eq(tokens.id, token)).run();
    },
  };
}
