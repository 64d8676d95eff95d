import { z } from "zod";
import { type CaseResult, caseName } from "../model/case.ts";
import { type Metric, metricSchema, metricsLimit } from "../model/metric.ts";
import { dimensionsText } from "./series-name.ts";
import { ascending, medianOf } from "./replicates.ts";

/** Bytes of one line that a test may write; a longer one is no line. */
export const metricLineLimit_bytes = 64 * 1024;

const lineSchema = z
  .strictObject({
    ...metricSchema.shape,
    value: z.number().optional(),
    unit: metricSchema.shape.unit.default(""),
    better: metricSchema.shape.better.default("lower"),
    /** The case that it is about; the attempt as a whole when absent. */
    test: z.string().min(1).max(4096).optional(),
    /** The file that its test is in, where several run one after the other. */
    file: z.string().min(1).max(4096).optional(),
  })
  .refine(({ value, replicates }) => value !== undefined || replicates !== undefined, "give a value, or replicates");

/** A line of what tests measure. */
export interface MetricLine {
  readonly metric: Metric;
  readonly test?: string | undefined;
  readonly file?: string | undefined;
}

/** @returns what is wrong with the line, as a sentence without its subject, where it is not one */
export function readMetricLine(text: string): MetricLine | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return /\b(?:NaN|-?Infinity)\b/.test(text) ? "holds what is no finite number" : "is not JSON";
  }
  const parsed = lineSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return `does not fit: ${[...(issue?.path ?? []), issue?.message ?? ""].join(": ")}`;
  }
  const { test, file, value: stated, ...metric } = parsed.data;
  const median = stated ?? medianOf(ascending(metric.replicates ?? []));
  if (isTime(metric) && [median, ...(metric.replicates ?? [])].some((each) => each < 0)) return "gives a time that is negative";
  return { metric: { ...metric, value: median }, test, file };
}

const timeUnits = new Set(["ns", "us", "µs", "ms", "s", "min"]);

/** Whether a metric is a time, which cannot be negative. */
export function isTime({ name, unit }: Pick<Metric, "name" | "unit">): boolean {
  return name === "duration" || timeUnits.has(unit);
}

/** Whether a line names a case, in any of the ways in which frameworks do. */
export function namesCase(test: string, result: Pick<CaseResult, "path" | "ordinal">): boolean {
  const { path } = result;
  return [caseName(result), path.at(-1), path.join(" > "), path.join("::"), path.join(" ")].includes(test);
}

/** Whether a line's file is this one; either may be named from further up. */
export function namesFile(file: string, other: string): boolean {
  const [a, b] = [file, other].map((each) => `/${each.replaceAll("\\", "/").replace(/^\.?\//, "")}`) as [string, string];
  return a.endsWith(b) || b.endsWith(a);
}

/** Metrics of the same name, unit and dimensions become one: what they gave are its replicates. @returns how many were too many, too */
export function joinMetrics(metrics: readonly Metric[]): { readonly metrics: Metric[]; readonly dropped: number } {
  const known = new Map<string, Metric[]>();
  for (const metric of metrics) {
    const key = JSON.stringify([metric.name, metric.unit, dimensionsText(metric.dimensions)]);
    const others = known.get(key);
    if (others === undefined) known.set(key, [metric]);
    else others.push(metric);
  }
  const joined = [...known.values()].map((same): Metric => {
    const [first] = same;
    if (first === undefined || same.length === 1) return first as Metric;
    const all = same.flatMap(({ value, replicates }) => replicates ?? [value]);
    const partial = same.some((one) => one.partial === true);
    return { ...first, value: medianOf(ascending(all)), replicates: all.slice(0, 1000), ...(partial && { partial }) };
  });
  return { metrics: joined.slice(0, metricsLimit), dropped: Math.max(0, joined.length - metricsLimit) };
}
