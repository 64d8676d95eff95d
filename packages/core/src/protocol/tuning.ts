import { z } from "zod";
import { selfTuningSchema, tuningEvidenceSchema, tuningParameterSchema, tuningPhaseSchema } from "../model/tuning.ts";

/** A parameter as `GET /api/v1/tuning` lists it; values are in its unit. */
export const tuningInfoSchema = z.object({
  parameter: z.string(),
  describe: z.string(),
  /** What another value has to lessen, to be kept. */
  objective: z.string(),
  unit: z.enum(["s", "share"]),
  /** What holds now. */
  value: z.number(),
  default: z.number(),
  low: z.number(),
  high: z.number(),
  pinned: z.boolean(),
  /** The value on trial, and how many pairs of blocks have been compared. */
  trial: z.object({ from: z.number(), to: z.number(), pairs: z.int() }).optional(),
  /** Blocks of work that pass before the next trial, after one that was rolled back. */
  pause_blocks: z.int(),
  /** What happened to it last. */
  last: z
    .object({
      phase: tuningPhaseSchema,
      from: z.number(),
      to: z.number(),
      reason: z.string(),
      evidence: tuningEvidenceSchema.optional(),
      at_ms: z.int(),
    })
    .optional(),
});
export type TuningInfo = z.infer<typeof tuningInfoSchema>;

export const tuningListSchema = z.object({ mode: selfTuningSchema, parameters: z.array(tuningInfoSchema) });
export type TuningList = z.infer<typeof tuningListSchema>;

export const tuningRequestSchema = z.discriminatedUnion("action", [
  z.strictObject({
    action: z.literal("pin"),
    parameter: tuningParameterSchema,
    /** What holds now when absent. */
    value: z.number().optional(),
  }),
  z.strictObject({
    action: z.literal("reset"),
    /** All of them when absent. */
    parameter: tuningParameterSchema.optional(),
  }),
]);
export type TuningRequest = z.infer<typeof tuningRequestSchema>;
