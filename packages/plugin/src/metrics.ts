import { z } from "zod";
import type { Metric } from "./parts/metric-source.ts";
import { problemsOf } from "./shapes.ts";

const metricSchema = z.object({
  name: z
    .string()
    .max(128)
    .regex(/^[a-z][a-z0-9_]*$/, "use lower case, digits and underscores"),
  help: z.string().min(1).max(512),
  type: z.enum(["gauge", "counter"]),
  value: z.number(),
  labels: z
    .record(z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, "use lower case, digits and underscores"), z.string().max(256))
    .optional(),
});
const metricsSchema = z
  .array(metricSchema)
  .max(1000)
  .refine(
    (metrics) =>
      new Set(metrics.map(({ name, type, labels = {} }) => JSON.stringify([name, type, Object.keys(labels).toSorted()]))).size ===
      new Set(metrics.map(({ name }) => name)).size,
    "figures of one name need one type and the same labels",
  )
  .refine((metrics) => metrics.every(({ type, value }) => type === "gauge" || value >= 0), "a counter is not below 0");

/** @throws Error that says what is wrong with a source's answer */
export function checkedMetrics(answer: unknown): readonly Metric[] {
  const parsed = metricsSchema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new Error(problemsOf(parsed.error).slice(0, 3).join("; "));
}
