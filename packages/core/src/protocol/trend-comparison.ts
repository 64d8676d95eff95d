import { z } from "zod";
import { nameSchema } from "../model/ids.ts";
import { type TrendComparison, comparedConfigurationsLimit } from "../reports/trends/comparison.ts";
import { type CompareBy, readConfiguration } from "../reports/trends/configurations.ts";
import { trendFilterSchema, trendSeriesSchema } from "./trends.ts";

/** Metrics that one answer compares, and the series that are looked at for it. */
export const comparedMetricsPerAnswer = 500;
export const comparedSeriesPerAnswer = 1000;

const count = z.int().nonnegative();
const interval = z.object({ estimate: z.number(), low: z.number(), high: z.number(), level: z.number() });

/** `GET /api/v1/trends/comparison`: with one of `by` and `configurations`. */
export const comparisonQuerySchema = trendFilterSchema.extend({
  /** Each value of this: hardware, branch, commit, machine, or a dimension such as browser. */
  by: z.string().min(1).max(128).optional(),
  /** With `by`: what the others are compared with; what most was measured of when absent. */
  baseline: z.string().min(1).max(512).optional(),
  /** Two or more with semicolons between them, the first being what the others are compared with: `branch=main;branch=next`. */
  configurations: z.string().min(1).max(4096).optional(),
  /** Only what was measured in so many days. */
  days: z.coerce.number().int().min(1).max(3650).default(30),
});
export type ComparisonQuery = z.infer<typeof comparisonQuerySchema>;

export const trendComparisonSchema = z.object({
  project: nameSchema,
  days: count,
  /** How much was measured of each configuration. */
  found: z.array(z.object({ name: z.string(), values: count })),
  /** Series that were looked at; there are more of them that fit, if so. */
  series: count,
  more_series: z.boolean(),
  baseline: z.string(),
  /** In the order of the cells. */
  configurations: z.array(
    z.object({
      name: z.string(),
      compared: count,
      /** Of the cost: over 1 is worse. Without bounds where it is of one metric alone. */
      geometric_mean: interval.partial({ low: true, high: true }).optional(),
      worse: count,
      better: count,
      missing: count,
      not_positive: count,
    }),
  ),
  /** Those that differ for sure first. */
  metrics: z.array(
    trendSeriesSchema
      .pick({ test: true, case: true, name: true, unit: true, better: true, dimensions: true, hardware_class: true })
      .extend({
        baseline_median: z.number(),
        baseline_samples: count,
        /** The values are replicates of few points: the intervals are too narrow. */
        replicates: z.literal(true).optional(),
        cells: z.array(
          z
            .object({
              median: z.number(),
              samples: count,
              /** Of its values to the baseline's. */
              ratio: interval,
              p: z.number(),
              q: z.number(),
              verdict: z.enum(["worse", "better", "unsure"]),
            })
            .nullable(),
        ),
      }),
  ),
  /** Points of configurations and of metrics that are beyond what is compared at once. */
  more: z.object({ configurations: count, metrics: count }),
});
export type TrendComparisonAnswer = z.infer<typeof trendComparisonSchema>;

/** A comparison as JSON can have it: a bound that is no number is not there. */
export function wireComparison({ configurations, metrics, ...rest }: TrendComparison) {
  return {
    ...rest,
    configurations: configurations.map(({ geometric_mean, ...configuration }) => ({
      ...configuration,
      ...(geometric_mean !== undefined && { geometric_mean: finite(geometric_mean) }),
    })),
    metrics: metrics.map(({ cells, ...metric }) => ({ ...metric, cells: [...cells] })),
  };
}

function finite({ estimate, low, high, level }: { estimate: number; low: number; high: number; level: number }) {
  return Number.isFinite(low) && Number.isFinite(high) ? { estimate, low, high, level } : { estimate, level };
}

/** What a comparison is asked by; a text where it cannot be, with the reason. */
export function compareByOf({ by, baseline, configurations }: ComparisonQuery): CompareBy | string {
  if ((by === undefined) === (configurations === undefined)) return "name one of by and configurations";
  if (by !== undefined) return { key: by };
  if (baseline !== undefined) return "baseline belongs to by: name the configuration that others are compared with first";
  const texts = (configurations ?? "").split(";").map((text) => text.trim());
  const read = texts.flatMap((text) => readConfiguration(text) ?? []);
  const wrong = texts.find((text) => readConfiguration(text) === undefined);
  if (wrong !== undefined)
    return `${JSON.stringify(wrong)} is no configuration: write branch=main, or browser=firefox,model=bert`;
  if (read.length < 2) return "one configuration is nothing to compare: name a second one, with a semicolon between them";
  if (read.length > comparedConfigurationsLimit) return `more than ${comparedConfigurationsLimit} configurations`;
  if (new Set(texts).size < texts.length) return "one configuration is named twice";
  return { given: read };
}
