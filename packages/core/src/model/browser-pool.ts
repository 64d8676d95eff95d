import { z } from "zod";
import { browserSigns } from "../resilience/browser-signs.ts";
import { browserKindSchema } from "./task.ts";

/** Why a browser of a pool is not used for anything new any more: a sign of trouble, or one of the pool's own reasons. */
export const retireReasons = [...browserSigns, "tasks", "memory", "idle", "evicted", "expired", "closed"] as const;

const count = z.int().nonnegative();

/** The browsers of one kind that a pool has now. */
export const pooledBrowsersSchema = z.strictObject({
  kind: browserKindSchema,
  starting: count,
  ready: count,
  retiring: count,
  /** What they have leased out, and how much of that computes on the GPU. */
  leases: count,
  gpu_leases: count,
  /** Of their whole process trees, as last measured; absent where nobody tells. */
  memory_bytes: z.number().nonnegative().optional(),
});
export type PooledBrowsers = z.infer<typeof pooledBrowsersSchema>;

/** What a machine's pool of browsers does, as its workers say in their heartbeats. */
export const browserPoolSchema = z.strictObject({
  /** Which pool it is: all workers inside one process share one. */
  id: z.string().min(8).max(64),
  browsers: z.array(pooledBrowsersSchema).max(32),
  /** Tests that wait for a browser. */
  waiting: count,
  /** Since the process began. */
  started: count,
  leased: count,
  retired: z.partialRecord(z.enum(retireReasons), count),
});
export type BrowserPoolFigures = z.infer<typeof browserPoolSchema>;
