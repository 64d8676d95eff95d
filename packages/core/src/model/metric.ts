import { z } from "zod";

/** How many metrics one case, or one attempt, may bring; what is beyond is dropped, and that is said. */
export const metricsLimit = 128;

/**
 * Something that a test measured. Its name with the task, the case and the dimensions names a series: what is compared over time, and between
 * machines, browsers and configurations.
 */
export const metricSchema = z.strictObject({
  /** Lower case, with dots: `latency`, `compile`, `memory.heap`. */
  name: z.string().min(1).max(128),
  /** The median of its replicates, where it has some. Finite. */
  value: z.number(),
  /** `ms`, `bytes`, `1/s`, `frames`, or empty for a bare number. */
  unit: z.string().max(32),
  better: z.enum(["lower", "higher"]),
  /** Each measurement by itself, in the order they were taken, without those that warmed up. */
  replicates: z.array(z.number()).min(1).max(1000).optional(),
  /** It is not whole: the test failed, was retried or was cut off. Kept to be looked at, and left out of trends. */
  partial: z.literal(true).optional(),
  /** What it depends on beside the test: `{"browser":"firefox","version":"153","adapter":"software"}`. */
  dimensions: z.record(z.string().min(1).max(64), z.string().max(128)).optional(),
});
export type Metric = z.infer<typeof metricSchema>;

/** Numbers that a test computed, to be compared with what the same test computed elsewhere: in another browser, on another device. */
export const computedValueSchema = z.strictObject({
  name: z.string().min(1).max(128),
  values: z.array(z.number()).min(1).max(1024),
  /** Two values agree when they differ by at most `absolute + relative × the larger one's size`. */
  tolerance: z.strictObject({ absolute: z.number().nonnegative(), relative: z.number().nonnegative() }),
});
export type ComputedValue = z.infer<typeof computedValueSchema>;
