import { z } from "zod";
import { nameSchema, runIdSchema, workerIdSchema } from "./ids.ts";
import { capabilitiesSchema } from "./requirement.ts";

export const workerStatusSchema = z.enum(["live", "draining", "lost", "left"]);
export type WorkerStatus = z.infer<typeof workerStatusSchema>;

export const workerSchema = z.strictObject({
  id: workerIdSchema,
  name: nameSchema,
  /** Random per process: tells a worker that comes back from another one that took its name. */
  instance: z.string().min(8).max(64),
  slots: z.int().positive().max(256),
  capabilities: capabilitiesSchema,
  version: z.string().max(32),
  /** The only run it takes work of. */
  run: runIdSchema.optional(),
});
export type Worker = z.infer<typeof workerSchema>;
