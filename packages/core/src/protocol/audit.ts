import { z } from "zod";
import { actionIdSchema, actionSchema } from "../model/action.ts";
import { nameSchema } from "../model/ids.ts";

/** Entries that one answer has at most. */
export const auditPageLimit = 500;

export const auditQuerySchema = z.object({
  /** Of this project alone. */
  project: nameSchema.optional(),
  /** The name of an action, or its beginning: `token`, `token.create`. */
  action: z.string().min(1).max(64).optional(),
  /** A token's name or id. */
  actor: z.string().min(1).max(128).optional(),
  /** Not before this moment: milliseconds since 1970. */
  since_ms: z.coerce.number().int().nonnegative().optional(),
  /** What `next` was in the answer before. */
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(auditPageLimit).default(50),
});
export type AuditQuery = Partial<z.output<typeof auditQuerySchema>>;

export const auditEntrySchema = z.object({
  id: actionIdSchema,
  at_ms: z.int(),
  ...actionSchema.shape,
  /** `begun`: whoever did it was not there any more to say what came of it. */
  outcome: z.enum(["begun", "done", "refused"]),
  /** Of the error that it was refused with. */
  code: z.string().optional(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** `GET /api/v1/audit`: who did what, newest first. */
export const auditListSchema = z.object({
  entries: z.array(auditEntrySchema),
  /** What `before` has to be for the rest; absent where there is none. */
  next: z.int().positive().optional(),
});
export type AuditList = z.infer<typeof auditListSchema>;
