import { z } from "zod";

/** What a coordinator says of itself to the one that leads; one of an earlier version says nothing. */
export const readingsSchema = z.strictObject({
  version: z.literal(1),
  disk: z.strictObject({ free_bytes: z.number().nonnegative(), size_bytes: z.number().nonnegative() }),
  /** Memory that its process may still use. */
  memory_mib: z.number().nonnegative(),
  /** How much later than it should its event loop has lately answered: the 99th percentile. */
  loop_delay_ms: z.number().nonnegative(),
  /** What a write of the log has lately taken until it was on the disk, on average; absent where there was none. */
  sync_ms: z.number().nonnegative().optional(),
  /** How long a write has been waiting already, when that is too long. */
  stalled_ms: z.number().nonnegative().optional(),
  /** What had to be set right in its ledger within the last hour. */
  repairs: z.int().nonnegative(),
  /** Its disk lost entries that are not here again. */
  is_lacking: z.boolean(),
});
export type Readings = Readonly<z.infer<typeof readingsSchema>>;

export const coordinatorTermSchema = z.object({
  name: z.enum(["disk", "heartbeat", "loop", "resources", "lag", "repairs"]),
  /** Points that it costs, and those that it can cost at most. */
  cost: z.number().nonnegative(),
  most: z.number().positive(),
});
export type CoordinatorTerm = z.infer<typeof coordinatorTermSchema>;

/** How well a coordinator is: 100 less what each term costs. */
export const coordinatorHealthSchema = z.object({
  score: z.int().min(0).max(100),
  terms: z.array(coordinatorTermSchema),
});
export type CoordinatorHealth = z.infer<typeof coordinatorHealthSchema>;
