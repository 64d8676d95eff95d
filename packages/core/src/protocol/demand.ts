import { z } from "zod";
import { nameSchema, workerIdSchema } from "../model/ids.ts";
import { requirementsSchema } from "../model/requirement.ts";

/** `gpu-lab,cuda` */
const tagList = z
  .string()
  .max(4096)
  .transform((text) =>
    text
      .split(",")
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ""),
  );
const seconds = z.coerce.number().max(86_400);
const count = z.coerce.number().int().positive().max(4096);

/** Which machines are asked about, and by what it is judged whether more of them pay. */
export const demandQuerySchema = z.object({
  /** Tags that every machine of the group has: tests that need others are not counted. */
  labels: tagList.optional(),
  /** Only tests that need all of these are counted. */
  needing: tagList.optional(),
  os: requirementsSchema.shape.os,
  arch: requirementsSchema.shape.arch,
  cpu: count.optional(),
  memory_mib: z.coerce.number().int().positive().optional(),
  /** Slots of a worker that would come; when absent, what most workers of the group have, or 1. */
  slots_per_worker: count.max(256).optional(),
  /** From asking for a worker until it takes its first test. */
  start_up_s: seconds.nonnegative().default(60),
  /** A slot that lets no run end sooner by so much is not wanted. */
  least_saving_s: seconds.positive().default(10),
  /** A worker that had nothing to do for so long may go. */
  idle_after_s: seconds.nonnegative().default(300),
});
export type DemandQuery = z.infer<typeof demandQuerySchema>;

/** What waits for a group of machines, and how many of them would pay. */
export const demandSchema = z.object({
  /** Tests that wait and could run on the group's machines. */
  waiting_tasks: z.int().nonnegative(),
  /** What they should take one after the other. */
  waiting_s: z.number().nonnegative(),
  oldest_wait_s: z.number().nonnegative(),
  /** Live workers of the group, and their slots. */
  workers: z.int().nonnegative(),
  slots: z.int().nonnegative(),
  busy_slots: z.int().nonnegative(),
  idle_slots: z.int().nonnegative(),
  /** When what waits should be done with the slots there are; absent where there is none. */
  ends_in_s: z.number().nonnegative().optional(),
  /** The same with the wanted slots. */
  ends_in_with_wanted_s: z.number().nonnegative().optional(),
  /** How many more slots, and workers, would pay. */
  wanted_slots: z.int().nonnegative(),
  wanted_workers: z.int().nonnegative(),
  /** How many workers the group should have: those there are, without those that may go, and with those wanted. */
  target_workers: z.int().nonnegative(),
  /** Workers that may go, longest idle first. */
  removable: z.array(z.object({ id: workerIdSchema, name: nameSchema, idle_s: z.number().nonnegative() })),
});
export type DemandAnswer = z.infer<typeof demandSchema>;
