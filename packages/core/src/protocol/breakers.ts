import { z } from "zod";
import { breakerSchema, breakerScopeSchema } from "../model/breaker.ts";

/** A circuit breaker as `GET /api/v1/breakers` lists it: those that are not closed, or have something against what they guard. */
export const breakerInfoSchema = z.object({
  scope: breakerScopeSchema,
  name: z.string(),
  ...breakerSchema.omit({ probe: true }).shape,
  /** When it last changed. */
  at_ms: z.int(),
});

export const breakerListSchema = z.object({ breakers: z.array(breakerInfoSchema) });
export type BreakerList = z.infer<typeof breakerListSchema>;
