import { z } from "zod";

/** What a breaker guards: one worker by its name, one class of hardware, or in a project all that one runner runs. */
export const breakerScopeSchema = z.enum(["worker", "class", "runner"]);
export type BreakerScope = z.infer<typeof breakerScopeSchema>;

/**
 * A circuit breaker: while it is `open` nothing is let through; after that, `half-open`, one probe at a time, until one succeeds, which
 * closes it, or fails, which opens it for longer. All moments are milliseconds since 1970.
 */
export const breakerSchema = z.strictObject({
  phase: z.enum(["closed", "open", "half-open"]),
  /** What failed since the last success, each once: at most as many as open it. */
  evidence: z.array(z.string().max(256)).max(1000),
  /** How often in a row it opened. */
  opens: z.int().nonnegative(),
  /** Until when it is open, or when it was closed; 0 for one that never opened. */
  since_ms: z.number().nonnegative(),
  /** What is under way to find out whether it can be closed. */
  probe: z.string().max(256).optional(),
});
export type Breaker = Readonly<z.infer<typeof breakerSchema>>;
