import { z } from "zod";

/** Whether a coordinator tunes itself, only says what it would try, or neither. */
export const selfTuningSchema = z.enum(["off", "advise", "on"]);
export type SelfTuning = z.infer<typeof selfTuningSchema>;

export const tuningParameters = ["batch-length", "lease-time", "reconnect-time", "concurrency", "retry-budget"] as const;
export const tuningParameterSchema = z.enum(tuningParameters, `there is no such parameter: ${tuningParameters.join(", ")}`);
export type TuningParameter = z.infer<typeof tuningParameterSchema>;

/**
 * What happened to a parameter: another value is `advised`, or `trying`; a trial ends as `kept`, `rolled-back`, or `abandoned` without a
 * judgement; an operator has `pinned` it, or `reset` it.
 */
export const tuningPhaseSchema = z.enum(["advised", "trying", "kept", "rolled-back", "abandoned", "pinned", "reset"]);
export type TuningPhase = z.infer<typeof tuningPhaseSchema>;

/** What a trial was judged by. */
export const tuningEvidenceSchema = z.strictObject({
  /** Blocks of work under the one value and the other that were compared, two and two. */
  pairs: z.int().nonnegative(),
  /** Tests that ended in them. */
  tasks: z.int().nonnegative(),
  /** What the new value costs over the old one, in the middle: below 1 it is better. */
  ratio: z.number().positive(),
  /** The chance of such a difference, or a larger one for the better, if there were none. */
  p: z.number().min(0).max(1),
});
export type TuningEvidence = z.infer<typeof tuningEvidenceSchema>;

/** A change of a parameter, as the ledger keeps it. Values are in the parameter's unit. */
export const tuningChangeSchema = z.strictObject({
  /** One of a later version is kept, and means nothing to those who do not know it. */
  parameter: z.string().min(1).max(64),
  phase: tuningPhaseSchema,
  from: z.number().positive(),
  to: z.number().positive(),
  reason: z.string().min(1).max(1024),
  evidence: tuningEvidenceSchema.optional(),
  /** What holds from here on while the coordinator tunes itself, or is pinned. */
  value: z.number().positive(),
  pinned: z.boolean(),
  /** Trials in a row that were rolled back. */
  rollbacks: z.int().nonnegative(),
});
export type TuningChange = Readonly<z.infer<typeof tuningChangeSchema>>;
