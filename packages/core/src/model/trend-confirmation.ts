import { z } from "zod";
import { nameSchema, runIdSchema } from "./ids.ts";

/** A confirmation's id: `c-` and 16 letters or digits, the same for the same suspicion. */
export const confirmationIdSchema = z.string().regex(/^c-[0-9a-z]{16}$/, "a confirmation id looks like c-0123456789abcdef");
export type ConfirmationId = z.infer<typeof confirmationIdSchema>;

export const confirmationDecisionSchema = z.enum(["different", "same", "unknown"]);
export type ConfirmationDecision = z.infer<typeof confirmationDecisionSchema>;

/** What the keys of the runs begin with that are made for it. */
export const measurementKeyPrefix = "confirm-c-";

/** What is measured again, because the newest points of a series look like a change. */
export const suspicionSchema = z.strictObject({
  confirmation: confirmationIdSchema,
  project: nameSchema,
  series: z.int().positive(),
  /** The commits that are compared, and the runs that measured them. */
  good: z.string().min(1).max(128),
  bad: z.string().min(1).max(128),
  good_run: runIdSchema,
  bad_run: runIdSchema,
  /** Names of the workers that measure, each by itself. */
  machines: z.array(nameSchema).min(1).max(4),
});
export type Suspicion = z.infer<typeof suspicionSchema>;
