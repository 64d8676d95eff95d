import { z } from "zod";

/** What a worker's machine has left, as it says in its heartbeats. */
export const roomSchema = z.strictObject({
  /** Memory that it may still use, within its own limits. */
  memory_mib: z.number().nonnegative(),
  /** On the disk that its workspaces are on. */
  disk_mib: z.number().nonnegative(),
});
export type Room = z.infer<typeof roomSchema>;

export const healthTermSchema = z.object({
  name: z.enum(["errors", "heartbeat", "resources", "breaker", "speed"]),
  /** Points that it costs, and those that it can cost at most. */
  cost: z.number().nonnegative(),
  most: z.number().positive(),
});
export type HealthTerm = z.infer<typeof healthTermSchema>;

/** How well a worker is: 100 less what each term costs. */
export const healthSchema = z.object({ score: z.int().min(0).max(100), terms: z.array(healthTermSchema) });
export type Health = z.infer<typeof healthSchema>;

/** `unwell`: it gets no new work; `probation`: one task at a time. */
export const standingSchema = z.enum(["well", "unwell", "probation"]);
export type Standing = z.infer<typeof standingSchema>;
