import { z } from "zod";
import { metricSchema } from "./metric.ts";

/** Points that one part of an upload brings at most: a fact stays small, and whoever waits behind it does not wait long. */
export const reportedPointsLimit = 1000;
/** Bytes of one part as it is sent. */
export const reportedPartLimit_bytes = 1024 * 1024;

/** What a test is called whose numbers are kept: its file's key, and its case's name, which is empty for the file as a whole. */
export const trendTestSchema = z.strictObject({
  test: z.string().min(1).max(4200),
  case: z.string().max(4096).default(""),
});
export type TrendTest = z.infer<typeof trendTestSchema>;

/** Where, when and of what points were measured, once for all that share it. */
export const metricSourceSchema = z.strictObject({
  /** Milliseconds since 1970. */
  at_ms: z.int().nonnegative(),
  /** The group of machines within which numbers are comparable. */
  hardware_class: z.string().min(1).max(256),
  commit: z.string().max(128).optional(),
  branch: z.string().max(512).optional(),
  machine: z.string().max(128).optional(),
});
export type MetricSource = z.infer<typeof metricSourceSchema>;

/** A measurement that was made elsewhere. */
export const reportedPointSchema = z.strictObject({
  /** Place of its source among those that come with it. */
  source: z.int().nonnegative(),
  ...trendTestSchema.shape,
  ...metricSchema.shape,
});
export type ReportedPoint = z.infer<typeof reportedPointSchema>;

/** One part of an upload. Nothing of it is seen before its last part has come. */
export const metricsPartSchema = z.strictObject({
  /** Names the upload in its project: what is sent twice counts once. */
  upload: z.string().min(8).max(128),
  /** From 0, without gaps. */
  part: z.int().nonnegative().max(1_000_000),
  /** It is the last one. */
  last: z.boolean().default(false),
  sources: z.array(metricSourceSchema).max(reportedPointsLimit),
  points: z.array(reportedPointSchema).max(reportedPointsLimit),
});
export type MetricsPart = z.infer<typeof metricsPartSchema>;
