import type { Interval } from "./analysis.ts";
import { benjaminiHochberg } from "./benjamini-hochberg.ts";
import { studentTwoSided } from "./distributions.ts";
import { hodgesLehmann } from "./hodges-lehmann.ts";
import { leastChance, mannWhitney } from "./mann-whitney.ts";
import { median } from "./order-statistics.ts";
import { momentsOf } from "./welch.ts";

/** What was measured under one configuration: hardware, browser, model or any other. */
export interface ConfigurationSamples {
  readonly name: string;
  /** The measurements of each metric, in the same unit under all configurations. */
  readonly metrics: Readonly<Record<string, readonly number[]>>;
}

/** One metric under one configuration, beside the same metric under the baseline. */
export interface MetricComparison {
  readonly metric: string;
  readonly configuration: string;
  readonly baselineMedian: number;
  readonly median: number;
  /**
   * Of this configuration's values to the baseline's. All intervals of a comparison hold together with 95 %, but for those of samples so small
   * that no interval has such a level; theirs is the one that they reach.
   */
  readonly ratio: Interval;
  /** How many values there are, of the baseline and of this configuration. */
  readonly samples: readonly [number, number];
  readonly p: number;
  /** The same, corrected for all comparisons. */
  readonly q: number;
  readonly significant: boolean;
}

export interface ConfigurationSummary {
  readonly configuration: string;
  /** How many metrics are compared. */
  readonly metrics: number;
  /** Of the ratios; with bounds by Student's distribution over the metrics' logarithms, infinite ones for a single metric. */
  readonly geometricMean: Interval;
}

export interface ConfigurationComparison {
  readonly baseline: string;
  readonly comparisons: readonly MetricComparison[];
  readonly summaries: readonly ConfigurationSummary[];
  /** What cannot be put as a ratio, and why. */
  readonly left_out: readonly {
    readonly metric: string;
    readonly configuration: string;
    readonly reason: "missing" | "not positive";
  }[];
}

const falseRate = 0.05;
const bisections = 60;

/**
 * Compares configurations with the first one: for each metric the ratio of the values with its confidence interval (Hodges and Lehmann's, on
 * logarithms), corrected for how many there are (intervals by Bonferroni, significance by Benjamini and Hochberg), and the geometric mean over the
 * metrics, the only mean of ratios that does not depend on which configuration is the baseline (P. J. Fleming and J. J. Wallace, CACM 29, 1986).
 */
export function compareConfigurations(configurations: readonly ConfigurationSamples[]): ConfigurationComparison {
  return inOneGo(comparing(configurations));
}

/** The same in steps of some milliseconds, so that something else may be done between them. */
export function* comparing(configurations: readonly ConfigurationSamples[]): Generator<void, ConfigurationComparison> {
  const [baseline, ...others] = configurations;
  if (baseline === undefined) return { baseline: "", comparisons: [], summaries: [], left_out: [] };
  const left_out: ConfigurationComparison["left_out"][number][] = [];
  const pairs = others.flatMap(({ name: configuration, metrics }) =>
    [...new Set([...Object.keys(baseline.metrics), ...Object.keys(metrics)])].toSorted().flatMap((metric) => {
      const [before, after] = [baseline.metrics[metric] ?? [], metrics[metric] ?? []];
      if (before.length > 0 && after.length > 0 && [...before, ...after].every((value) => value > 0 && Number.isFinite(value)))
        return [{ metric, configuration, before, after }];
      left_out.push({ metric, configuration, reason: before.length === 0 || after.length === 0 ? "missing" : "not positive" });
      return [];
    }),
  );
  const ps: number[] = [];
  for (const { before, after } of pairs) {
    ps.push(mannWhitney(before, after).p);
    yield;
  }
  const qs = benjaminiHochberg(ps);
  const level = 1 - falseRate / Math.max(1, pairs.length);
  const comparisons: MetricComparison[] = [];
  for (const [index, { metric, configuration, before, after }] of pairs.entries()) {
    yield;
    const shift = hodgesLehmann(before.map(Math.log), after.map(Math.log), level);
    comparisons.push({
      metric,
      configuration,
      baselineMedian: median(before),
      median: median(after),
      ratio: {
        estimate: Math.exp(shift.estimate),
        low: Math.exp(shift.low),
        high: Math.exp(shift.high),
        level: Math.min(level, 1 - leastChance(before.length, after.length)),
      },
      samples: [before.length, after.length],
      p: ps[index] ?? 1,
      q: qs[index] ?? 1,
      significant: (qs[index] ?? 1) <= falseRate,
    });
  }
  const summaries = others.map(({ name }) => {
    const logs = comparisons.flatMap(({ configuration, ratio }) => (configuration === name ? [Math.log(ratio.estimate)] : []));
    return { configuration: name, metrics: logs.length, geometricMean: geometricMean(logs) };
  });
  return { baseline: baseline.name, comparisons, summaries, left_out };
}

/** Does all steps of a work. */
export function inOneGo<T>(work: Generator<void, T>): T {
  for (let step = work.next(); ; step = work.next()) if (step.done === true) return step.value;
}

function geometricMean(logs: readonly number[]): Interval {
  const { count, mean, variance } = momentsOf(logs);
  const error = count < 2 ? Infinity : studentQuantile(count - 1) * Math.sqrt(variance / count);
  return { estimate: Math.exp(mean), low: Math.exp(mean - error), high: Math.exp(mean + error), level: 1 - falseRate };
}

/** The t beyond which Student's distribution has one in twenty of its values, both sides together. */
export function studentQuantile(freedom: number): number {
  let [low, high] = [0, 1e3];
  for (let step = 0; step < bisections; step += 1) {
    const middle = (low + high) / 2;
    if (studentTwoSided(middle, freedom) > falseRate) low = middle;
    else high = middle;
  }
  return high;
}
