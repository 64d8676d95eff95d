import { z } from "zod";

/**
 * Where a trace goes on, as W3C Trace Context has it (https://www.w3.org/TR/trace-context/#traceparent-header): version, trace, span and
 * flags. Ids of zeros alone mean nothing.
 */
export const traceParentSchema = z
  .string()
  .regex(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/, "a traceparent looks like 00-4bf9…-00f0…-01");
export type TraceParent = z.infer<typeof traceParentSchema>;

/** The parent in a header or a variable; undefined for what is none: then a trace of one's own begins. */
export function readTraceParent(value: string | undefined): TraceParent | undefined {
  const parsed = traceParentSchema.safeParse(value?.trim().toLowerCase());
  return parsed.success ? parsed.data : undefined;
}
