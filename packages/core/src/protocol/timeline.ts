import { z } from "zod";
import { runIdSchema } from "../model/ids.ts";
import { runStatusSchema } from "../model/run.ts";
import { timelineEventSchema } from "../reports/timeline.ts";

/** Events of a run that one answer has at most. */
export const timelineLimit = 10_000;

export const timelineQuerySchema = z.object({
  /** `trouble`: only what went wrong and what was done about it, with the run's beginning and end. */
  only: z.enum(["trouble"]).optional(),
  /** Events to leave out at the beginning. */
  after: z.coerce.number().int().nonnegative().default(0),
  limit: z.coerce.number().int().min(1).max(timelineLimit).default(1000),
});

/** `GET /api/v1/runs/{run}/timeline` */
export const timelineAnswerSchema = z.object({
  run: runIdSchema,
  status: runStatusSchema,
  submitted_at_ms: z.int(),
  /** All events that there are. */
  total: z.int().nonnegative(),
  /** What `after` has to be for the rest; absent where there is none. */
  next: z.int().positive().optional(),
  events: z.array(timelineEventSchema),
});
export type TimelineAnswer = z.infer<typeof timelineAnswerSchema>;
