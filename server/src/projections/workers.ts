import type { FactOf } from "@shardwright/core";
import { eq } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { workers } from "../database/tables.ts";

export function createWorkerProjection(database: Database) {
  return {
    registered({ worker }: FactOf<"WorkerRegistered">, at_ms: number): void {
      const row = {
        ...worker,
        run: worker.run ?? null,
        status: "live",
        standing: "well",
        forecasts: [],
        reason: null,
        gone_at_ms: null,
      } as const;
      database
        .insert(workers)
        .values({ ...row, registered_at_ms: at_ms })
        .onConflictDoUpdate({ target: workers.id, set: row })
        .run();
    },
    assessed({ worker, standing }: FactOf<"WorkerAssessed">): void {
      database.update(workers).set({ standing }).where(eq(workers.id, worker)).run();
    },
    foreseen({ worker, forecasts }: FactOf<"WorkerForeseen">): void {
      database.update(workers).set({ forecasts }).where(eq(workers.id, worker)).run();
    },
    draining({ worker }: FactOf<"WorkerDraining">): void {
      database.update(workers).set({ status: "draining" }).where(eq(workers.id, worker)).run();
    },
    gone({ worker, status, reason }: FactOf<"WorkerGone">, at_ms: number): void {
      database.update(workers).set({ status, reason, gone_at_ms: at_ms }).where(eq(workers.id, worker)).run();
    },
  };
}
