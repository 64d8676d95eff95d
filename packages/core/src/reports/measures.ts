import type { Metric } from "../model/metric.ts";
import { formatBytes } from "./format.ts";

/** A measured value for people, three digits of it: `8.42 ms`, `1,210 ms`, `3.4 MiB`, `310 1/s`. */
export function formatMeasure(value: number, unit: string): string {
  if (unit === "bytes" && value >= 0) return formatBytes(value);
  const size = Math.abs(value);
  const isPlain = size === 0 || (size >= 1e-4 && size < 1e12);
  const digits = size >= 1000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 };
  const text = isPlain ? value.toLocaleString("en-US", digits) : value.toExponential(2);
  return unit === "" ? text : `${text} ${unit}`;
}

/** What was measured by itself: not the percentiles of another metric, which has the measurements. */
export function ownMetrics(metrics: readonly Metric[] = []): readonly Metric[] {
  const sampled = new Set(metrics.flatMap(({ name, replicates }) => (replicates === undefined ? [] : [name])));
  return metrics.filter(({ name }) => !sampled.has(name.replace(/\.p\d+(?:\.\d+)?$/, "")) || sampled.has(name));
}

/** A metric in a row: what of its measurements is told. */
export interface MetricRow {
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  /** Nine of ten measurements are no worse; undefined where there is but one. */
  readonly p90: number | undefined;
  readonly n: number;
  readonly isPartial: boolean;
}

export function metricRow({ name, unit, value, better, replicates = [], partial }: Metric): MetricRow {
  return {
    name,
    unit,
    median: value,
    p90: replicates.length < 2 ? undefined : quantile(replicates, better === "lower" ? 0.9 : 0.1),
    n: Math.max(1, replicates.length),
    isPartial: partial === true,
  };
}

/** Between two values by proportion (R. J. Hyndman and Y. Fan 1996, type 7). */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? 0;
  return low + (at - Math.floor(at)) * ((sorted[Math.ceil(at)] ?? low) - low);
}
