import type { WorkerId } from "@shardwright/core";
import { asc, desc, eq, inArray } from "drizzle-orm";
import type { Database } from "../open.ts";
import { progress, workers } from "../tables.ts";

export type WorkerRow = typeof workers.$inferSelect;

/** Reads workers, and the highest fence ever given. */
export function createWorkerQueries(database: Database) {
  return {
    byId: (id: WorkerId): WorkerRow | undefined => database.select().from(workers).where(eq(workers.id, id)).get(),
    /** The most recently registered ones. */
    list: (limit: number): WorkerRow[] =>
      database.select().from(workers).orderBy(desc(workers.registered_at_ms), asc(workers.name)).limit(limit).all(),
    /** Those that were there when the coordinator stopped. */
    present: (): WorkerRow[] =>
      database
        .select()
        .from(workers)
        .where(inArray(workers.status, ["live", "draining"]))
        .orderBy(asc(workers.registered_at_ms))
        .all(),
    lastFence: (): number => database.select({ fence: progress.fence }).from(progress).get()?.fence ?? 0,
  };
}
