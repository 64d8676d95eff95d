import { z } from "zod";
import { attemptStatusSchema } from "../model/attempt.ts";
import { runIdSchema } from "../model/ids.ts";

/** The most characters of one attempt's output that travel at once while it runs. */
export const liveOutputLimit = 64 * 1024;

/** What running attempts have printed since the last such request, secrets masked. Nothing hangs on it: the whole log comes at their end. */
export const outputRequestSchema = z.strictObject({
  outputs: z
    .array(
      z.strictObject({
        run: runIdSchema,
        fence: z.int().positive(),
        task: z.int().nonnegative(),
        attempt: z.int().positive(),
        /** How many characters the attempt had printed before; what was sent already counts once. */
        from: z.int().nonnegative(),
        text: z.string().min(1).max(liveOutputLimit),
      }),
    )
    .min(1)
    .max(256),
});
export type OutputRequest = z.infer<typeof outputRequestSchema>;

/** One event of `GET /api/v1/runs/{run}/tasks/{task}/output`. */
export const outputEventSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("output"),
    attempt: z.int().positive(),
    text: z.string(),
    /** Characters before the text that are not shown; absent when there are none. */
    left_out: z.int().positive().optional(),
  }),
  /** Nothing follows. Without an attempt, the run has ended before there was one. */
  z.object({ type: z.literal("end"), attempt: z.int().positive().optional(), status: attemptStatusSchema.optional() }),
]);
export type OutputEvent = z.infer<typeof outputEventSchema>;
