import { z } from "zod";

/**
 * Why another coordinator leads, as far as it can tell itself: it had only started, the leader's process was known to be gone, was silent,
 * handed over, or had lost its majority.
 */
export const electionReasonSchema = z.enum(["start", "process-gone", "silence", "handover", "no-quorum"]);

/**
 * What happened to the machinery, as far as it explains what became of a run's tests. A worker's: `lost`, `left`, `draining`, or how far
 * it is trusted: `unwell`, `probation`, `well`. A breaker's: `opened`, `half-open`, `closed`. A coordinator's: `led`, it began to lead.
 * A run's: `excused`, failures of the infrastructure do not count against that many of its tests.
 */
export const incidentSchema = z.object({
  of: z.enum(["worker", "breaker", "coordinator", "run"]),
  what: z.enum(["lost", "left", "draining", "unwell", "probation", "well", "opened", "half-open", "closed", "led", "excused"]),
  /** Of the worker or the coordinator, of what a breaker guards, or how many tests. */
  name: z.string(),
  /** What the breaker guards. */
  scope: z.enum(["worker", "class", "runner"]).optional(),
  /** Why, where it was said. */
  reason: z.string().optional(),
  /** The coordinator that led before, where that is known. */
  after: z.string().optional(),
  /** Why it does not lead any more. */
  because: electionReasonSchema.optional(),
  /** How long an open breaker stays so at least. */
  for_ms: z.number().nonnegative().optional(),
});
export type Incident = z.infer<typeof incidentSchema>;
