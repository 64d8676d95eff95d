import { z } from "zod";
import { pointMarks } from "../metrics/keeping.ts";
import { nameSchema } from "../model/ids.ts";
import { metricSchema } from "../model/metric.ts";
import { metricsPartSchema, trendTestSchema } from "../model/reported-metric.ts";

/** `POST /api/v1/metrics`: one part of what was measured elsewhere; all of it is seen once its last part has come. */
export const metricsRequestSchema = z.strictObject({ project: nameSchema.default("default"), ...metricsPartSchema.shape });
export type MetricsRequest = z.input<typeof metricsRequestSchema>;

/** How far an upload has come. */
export const metricsResponseSchema = z.object({
  upload: z.string(),
  /** Parts that are there: the next one's number. */
  parts: z.int().nonnegative(),
  points: z.int().nonnegative(),
  /** Points that were there already, of the same series, time, commit and machine. */
  duplicates: z.int().nonnegative(),
  /** Points that found their series, or the project, full. */
  left_out: z.int().nonnegative(),
  complete: z.boolean(),
});
export type MetricsResponse = z.infer<typeof metricsResponseSchema>;

/** `DELETE /api/v1/metrics`: gives up an upload that is not complete. */
export const metricsDropSchema = z.strictObject({
  project: nameSchema.default("default"),
  upload: metricsPartSchema.shape.upload,
});
export type MetricsDrop = z.input<typeof metricsDropSchema>;

/** `POST /api/v1/trends/rename`. With an empty case, a file with all its cases is renamed. */
export const testRenameSchema = z.strictObject({
  project: nameSchema.default("default"),
  from: trendTestSchema,
  to: trendTestSchema,
});
export type TestRename = z.input<typeof testRenameSchema>;

export const testRenamedSchema = z.object({ series: z.int().nonnegative() });

const count = z.int().nonnegative();

export const trendSeriesSchema = z.object({
  id: z.int().positive(),
  /** The file's key. */
  test: z.string(),
  /** The case's name; empty for the file as a whole. */
  case: z.string(),
  name: z.string(),
  unit: z.string(),
  better: metricSchema.shape.better,
  dimensions: z.record(z.string(), z.string()),
  hardware_class: z.string(),
  /** Points that are seen, and those among them that are left out of analysis. */
  points: count,
  marked: count,
  /** The latest that is not marked. */
  last: z.object({ value: z.number(), at_ms: z.int(), commit: z.string().optional() }).optional(),
});
export type TrendSeries = z.infer<typeof trendSeriesSchema>;

/** Series, and points, that one answer has at most. */
export const trendsPageLimit = 500;
export const trendPointsPageLimit = 5000;

const pattern = z.string().min(1).max(1024);
/** What series are chosen by; `*` and `?` stand for any text and any character. */
export const trendFilterSchema = z.object({
  project: nameSchema.default("default"),
  /** A case's name or its last title, a file, or both: `src/a.test.ts > adds*`. */
  test: pattern.optional(),
  metric: pattern.optional(),
  hardware: pattern.optional(),
  /** Only what was measured on this branch. */
  branch: z.string().min(1).max(512).optional(),
});
export type TrendFilter = z.input<typeof trendFilterSchema>;

/** `GET /api/v1/trends/series`, in the order of their ids. */
export const trendSeriesListSchema = z.object({
  project: nameSchema,
  series: z.array(trendSeriesSchema),
  /** Ask again with this as `after`, where there are more. */
  next: z.int().optional(),
});
export type TrendSeriesList = z.infer<typeof trendSeriesListSchema>;

export const trendPointSchema = z.object({
  at_ms: z.int(),
  value: z.number(),
  /** Replicates behind the value. */
  count: z.int().positive(),
  /** The median distance of the replicates from their median, or, where it was rolled up, of what it stands for from the value. */
  spread: z.number().optional(),
  replicates: z.array(z.number()).optional(),
  commit: z.string().optional(),
  branch: z.string().optional(),
  run: z.string().optional(),
  machine: z.string().optional(),
  /** Why it is left out of analysis, if it is. */
  mark: z.enum(pointMarks).optional(),
  /** How many points of its day and branch it stands for, if it was rolled up. */
  rolled: z.int().positive().optional(),
});
export type TrendPoint = z.infer<typeof trendPointSchema>;

/** `GET /api/v1/trends/series/{series}/points`, oldest first. */
export const trendPointsSchema = z.object({
  series: trendSeriesSchema,
  points: z.array(trendPointSchema),
  /** Ask again with this as `offset`, where there are more. */
  next: z.int().optional(),
});
export type TrendPoints = z.infer<typeof trendPointsSchema>;
