import { z } from "zod";
import { computedValueSchema, metricSchema } from "@shardwright/core";

const text = z.string().max(1_000_000);
const thrown = z.object({ message: text, details: text.optional() });

/** What the library in a page tells, as JSON; pages are not to be trusted to tell it right. */
export const pageMessageSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("metric"),
    metric: metricSchema.omit({ partial: true }).extend({ replicates: z.array(z.number()).max(1000).optional() }),
  }),
  z.object({ type: z.literal("computed"), computed: computedValueSchema }),
  z.object({
    type: z.literal("measured"),
    name: z.string(),
    unit: z.string().max(32),
    better: z.enum(["lower", "higher"]),
    values: z.array(z.number()).min(1).max(1000),
  }),
  z.object({
    type: z.literal("adapter"),
    /** Null where the page asked and got none. */
    info: z.object({ software: z.boolean() }).loose().nullable(),
  }),
  z.object({ type: z.literal("lost"), reason: text, message: text }),
  z.object({
    type: z.literal("report"),
    result: z.object({
      name: z.string().min(1).max(4000),
      status: z.enum(["passed", "failed", "skipped"]),
      duration_ms: z.number().nonnegative().optional(),
      message: text.optional(),
      details: text.optional(),
    }),
  }),
  z.object({ type: z.literal("finish"), error: thrown.optional() }),
]);
export type PageMessage = z.infer<typeof pageMessageSchema>;
