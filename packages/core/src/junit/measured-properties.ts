import type { CaseResult } from "../model/case.ts";
import { metricSchema, metricsLimit, type Metric } from "../model/metric.ts";

const prefix = "metric.";
const higher = " (higher is better)";

/** What a case measured as JUnit's properties: `metric.latency` is `8.4 ms`, `metric.rate` is `310 1/s (higher is better)`. */
export function metricProperties({ metrics = [] }: Pick<CaseResult, "metrics">): (readonly [name: string, value: string])[] {
  return metrics.map(({ name, value, unit, better }) => [
    `${prefix}${name}`,
    `${value}${unit === "" ? "" : ` ${unit}`}${better === "higher" ? higher : ""}`,
  ]);
}

/** A metric of a property in that form; undefined for any other property. */
function metricOf(name: string, value: string): Metric | undefined {
  if (!name.startsWith(prefix)) return undefined;
  const isHigher = value.endsWith(higher);
  const [, number = "", unit = ""] =
    /^(-?\d[\d.]*(?:[eE][+-]?\d+)?)(?: (.*))?$/.exec(isHigher ? value.slice(0, -higher.length) : value) ?? [];
  if (number === "") return undefined;
  const metric = { name: name.slice(prefix.length), value: Number(number), unit, better: isHigher ? "higher" : "lower" };
  return metricSchema.safeParse(metric).data;
}

/** The properties of a case as JUnit tells them, those that are metrics apart. */
export function splitProperties(properties: readonly (readonly [name: string, value: string])[]): {
  readonly metrics: Metric[];
  readonly rest: (readonly [name: string, value: string])[];
} {
  const metrics: Metric[] = [];
  const rest: (readonly [string, string])[] = [];
  for (const [name, value] of properties) {
    const metric = metrics.length < metricsLimit ? metricOf(name, value) : undefined;
    if (metric === undefined) rest.push([name, value]);
    else metrics.push(metric);
  }
  return { metrics, rest };
}
