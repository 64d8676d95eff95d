import type { TrendPoint, TrendSeries } from "../../protocol/trends.ts";
import type { Interval } from "../../trends/analysis.ts";
import { comparing, inOneGo } from "../../trends/comparison.ts";
import { median } from "../../trends/order-statistics.ts";
import { type CompareBy, configurationsOf, remainingName } from "./configurations.ts";
import type { TrendName } from "./trend-report.ts";

/** Metrics under several configurations, each beside the first one. */
export interface TrendComparison {
  readonly baseline: string;
  /** In the order of the cells. */
  readonly configurations: readonly ComparedConfiguration[];
  /** Those that differ for sure first, the largest difference of all on top. */
  readonly metrics: readonly ComparedMetric[];
  /** Configurations and metrics beyond what is compared at once. */
  readonly more: { readonly configurations: number; readonly metrics: number };
}

export interface ComparedConfiguration {
  readonly name: string;
  readonly compared: number;
  /** Of what is worse when it is more: a metric of which more is better counts by its inverse. Over 1 is worse. */
  readonly geometric_mean?: Interval;
  readonly worse: number;
  readonly better: number;
  /** Metrics without a ratio: not measured under both, or not all of it positive. */
  readonly missing: number;
  readonly not_positive: number;
}

export interface ComparedMetric extends TrendName {
  readonly baseline_median: number;
  readonly baseline_samples: number;
  /** The values are replicates of few points: they share what those runs had in common, so that the intervals are too narrow. */
  readonly replicates?: true;
  /** One for each configuration; null where there is no ratio. */
  readonly cells: readonly (ComparedCell | null)[];
}

export interface ComparedCell {
  readonly median: number;
  readonly samples: number;
  /** Of its values to the baseline's. */
  readonly ratio: Interval;
  readonly p: number;
  readonly q: number;
  /** Unlike the baseline, as sure as the report's rate of false discoveries says. */
  readonly verdict: "worse" | "better" | "unsure";
}

export const comparedConfigurationsLimit = 20;
const comparedMetricsLimit = 5000;
/** Values of one metric under one configuration: the newest. The work grows with their product. */
const comparedValuesLimit = 100;
/** With fewer points on a side their replicates are compared, where there are some. */
const fewPoints = 4;

interface Values {
  readonly points: number[];
  readonly replicates: number[];
}

interface Gathered {
  readonly name: TrendName;
  readonly values: Map<string, Values>;
}

/** Gathers what was measured under each configuration, one series after the other. */
export class ComparisonBuilder {
  readonly #by: CompareBy;
  readonly #metricsLimit: number;
  readonly #metrics = new Map<string, Gathered>();
  readonly #names = new Set<string>();
  #more = { configurations: 0, metrics: 0 };

  public constructor(by: CompareBy, metricsLimit = comparedMetricsLimit) {
    this.#by = by;
    this.#metricsLimit = metricsLimit;
    if ("given" in by) for (const { name } of by.given) this.#names.add(name);
  }

  /** @param points of one series, oldest first */
  public add(series: TrendSeries, points: readonly TrendPoint[]): void {
    for (const point of points) {
      if (point.mark !== undefined) continue;
      for (const name of configurationsOf(this.#by, series, point)) this.#take(series, name, point);
    }
  }

  /** What was found of which configuration so far: how many values, over all metrics. */
  public found(): ReadonlyMap<string, number> {
    const counts = new Map([...this.#names].map((name) => [name, 0]));
    for (const { values } of this.#metrics.values())
      for (const [name, { points }] of values) counts.set(name, (counts.get(name) ?? 0) + points.length);
    return counts;
  }

  /** @param baseline the first one, or the one most was measured of, when absent */
  public comparison(baseline?: string): TrendComparison {
    return inOneGo(this.comparing(baseline));
  }

  /** The same in steps of some milliseconds. */
  public *comparing(baseline?: string): Generator<void, TrendComparison> {
    const names = this.#ordered(baseline);
    const metrics = [...this.#metrics].toSorted(([one], [other]) => (one < other ? -1 : 1));
    const sampled = metrics.map(([key, gathered]) => ({ key, gathered, ...samplesOf(gathered, names) }));
    const { comparisons, summaries, left_out } = yield* comparing(
      names.map((name) => ({
        name,
        // Of what is better when it is more, the inverse: so that every ratio over 1 is worse, and their mean means something.
        metrics: Object.fromEntries(
          sampled.map(({ key, gathered, samples }) => [key, (samples.get(name) ?? []).map(inverseOf(gathered.name))]),
        ),
      })),
    );
    const cells = new Map(comparisons.map((one) => [`${one.configuration}\n${one.metric}`, one]));
    const [first = "", ...others] = names;
    const rows = sampled.flatMap(({ key, gathered: { name }, samples, replicates }): ComparedMetric[] => {
      const base = samples.get(first) ?? [];
      if (base.length === 0) return [];
      const row = others.map((other): ComparedCell | null => {
        const found = cells.get(`${other}\n${key}`);
        if (found === undefined) return null;
        const { ratio, p, q, significant } = found;
        const verdict = !significant ? "unsure" : ratio.estimate > 1 ? "worse" : "better";
        const own = samples.get(other) ?? [];
        return { median: median(own), samples: own.length, ratio: asMeasured(ratio, name), p, q, verdict };
      });
      const replicated = replicates ? ({ replicates: true } as const) : {};
      return [{ ...name, baseline_median: median(base), baseline_samples: base.length, ...replicated, cells: row }];
    });
    return {
      baseline: first,
      configurations: others.map((name) => {
        const own = comparisons.filter(({ configuration }) => configuration === name);
        const mean = summaries.find(({ configuration }) => configuration === name);
        const out = left_out.filter(({ configuration }) => configuration === name);
        return {
          name,
          compared: own.length,
          ...(mean !== undefined && mean.metrics > 0 && { geometric_mean: mean.geometricMean }),
          worse: own.filter(({ significant, ratio }) => significant && ratio.estimate > 1).length,
          better: own.filter(({ significant, ratio }) => significant && ratio.estimate <= 1).length,
          missing: out.filter(({ reason }) => reason === "missing").length,
          not_positive: out.filter(({ reason }) => reason === "not positive").length,
        };
      }),
      metrics: rows.filter(({ cells }) => cells.some((cell) => cell !== null)).toSorted(mostDifferent),
      more: this.#more,
    };
  }

  #take(series: TrendSeries, configuration: string, point: TrendPoint): void {
    if (!this.#names.has(configuration) && this.#names.size >= comparedConfigurationsLimit)
      return void (this.#more = { ...this.#more, configurations: this.#more.configurations + 1 });
    const name = remainingName(this.#by, series);
    const key = JSON.stringify([name.test, name.case, name.name, name.unit, name.dimensions, name.hardware_class]);
    let gathered = this.#metrics.get(key);
    if (gathered === undefined) {
      if (this.#metrics.size >= this.#metricsLimit) return void (this.#more = { ...this.#more, metrics: this.#more.metrics + 1 });
      this.#metrics.set(key, (gathered = { name, values: new Map() }));
    }
    this.#names.add(configuration);
    const values = gathered.values.get(configuration) ?? { points: [], replicates: [] };
    gathered.values.set(configuration, values);
    values.points.push(point.value);
    values.replicates.push(...(point.replicates ?? []));
    for (const list of [values.points, values.replicates])
      if (list.length > 4 * comparedValuesLimit) list.splice(0, list.length - comparedValuesLimit);
  }

  #ordered(baseline: string | undefined): string[] {
    const names = [...this.#names];
    if ("given" in this.#by) return names;
    const counts = this.found();
    const sorted = names.toSorted((one, other) => (counts.get(other) ?? 0) - (counts.get(one) ?? 0) || (one < other ? -1 : 1));
    return baseline === undefined ? sorted : [baseline, ...sorted.filter((name) => name !== baseline)];
  }
}

/** The values of each configuration; the replicates of all of them where one has few points, and all have enough replicates. */
function samplesOf(
  { values }: Gathered,
  names: readonly string[],
): { readonly samples: ReadonlyMap<string, readonly number[]>; readonly replicates: boolean } {
  const there = names.flatMap((name) => values.get(name) ?? []);
  const replicates =
    there.some(({ points }) => points.length < fewPoints) && there.every((each) => each.replicates.length >= fewPoints);
  const pick = (each: Values | undefined) => ((replicates ? each?.replicates : each?.points) ?? []).slice(-comparedValuesLimit);
  return { samples: new Map(names.map((name) => [name, pick(values.get(name))])), replicates };
}

function inverseOf({ better }: TrendName): (value: number) => number {
  return (value) => (better === "higher" && value > 0 ? 1 / value : value);
}

function asMeasured(ratio: Interval, { better }: TrendName): Interval {
  if (better === "lower") return ratio;
  return { estimate: 1 / ratio.estimate, low: 1 / ratio.high, high: 1 / ratio.low, level: ratio.level };
}

function mostDifferent(one: ComparedMetric, other: ComparedMetric): number {
  const weight = ({ cells }: ComparedMetric) =>
    Math.max(
      0,
      ...cells.map((cell) =>
        cell === null ? 0 : (cell.verdict === "unsure" ? 0 : 100) + Math.min(99, Math.abs(Math.log(cell.ratio.estimate))),
      ),
    );
  return weight(other) - weight(one);
}
