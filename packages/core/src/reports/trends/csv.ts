import { csvLine } from "../csv.ts";
import type { TrendComparison } from "./comparison.ts";
import type { ReportedTrend, TrendName, TrendReport } from "./trend-report.ts";

const columns = [
  "test",
  "case",
  "metric",
  "unit",
  "better",
  "dimensions",
  "hardware_class",
  "branch",
  "points",
  "usable",
  "level",
  "rcv",
  "minimum_detectable",
  "kind",
  "judgement",
  "at",
  "before",
  "after",
  "relative",
  "relative_low",
  "relative_high",
  "p",
  "q",
  "last_good",
  "first_bad",
  "commits",
];

/** A line for all that is told of a series, and one for a series of which nothing is; or, of a comparison, a line for each ratio. */
export function* trendCsv({ series, comparison }: TrendReport): Generator<string> {
  if (series.length === 0 && comparison !== undefined) return yield* comparisonCsv(comparison);
  yield csvLine(columns);
  for (const trend of series)
    for (const found of findingsOf(trend)) {
      const cells = [...aboutOf(trend), ...found];
      yield csvLine(columns.map((_, place) => cells[place]));
    }
}

const comparedColumns = [
  "test",
  "case",
  "metric",
  "unit",
  "better",
  "dimensions",
  "hardware_class",
  "baseline",
  "baseline_median",
  "baseline_samples",
  "configuration",
  "median",
  "samples",
  "ratio",
  "ratio_low",
  "ratio_high",
  "level",
  "p",
  "q",
  "verdict",
];

function* comparisonCsv({ baseline, configurations, metrics }: TrendComparison): Generator<string> {
  yield csvLine(comparedColumns);
  for (const metric of metrics)
    for (const [place, cell] of metric.cells.entries()) {
      if (cell === null) continue;
      const { ratio, p, q, verdict, samples } = cell;
      yield csvLine([
        ...nameOf(metric),
        baseline,
        metric.baseline_median,
        metric.baseline_samples,
        configurations[place]?.name,
        cell.median,
        samples,
        ratio.estimate,
        ratio.low,
        ratio.high,
        ratio.level,
        p,
        q,
        verdict,
      ]);
    }
}

function nameOf({ test, case: case_name, name, unit, better, dimensions, hardware_class }: TrendName) {
  return [test, case_name, name, unit, better, labelsOf(dimensions), hardware_class];
}

function labelsOf(dimensions: TrendName["dimensions"]): string {
  return Object.entries(dimensions)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");
}

function aboutOf(trend: ReportedTrend): (string | number | undefined)[] {
  const { branch, points, usable, level, noise } = trend;
  return [...nameOf(trend), branch, points, usable, level, noise.rcv, noise.minimum_detectable];
}

function findingsOf({ changes, anomalies, drift, against_baseline }: ReportedTrend): (string | number | undefined)[][] {
  const moments = (at_ms: number) => new Date(at_ms).toISOString();
  const found = [
    ...changes.map(({ judgement, at_ms, before, after, relative, p, q, last_good, first_bad, commits }) => [
      "change",
      judgement,
      moments(at_ms),
      before,
      after,
      relative.estimate,
      relative.low,
      relative.high,
      p,
      q,
      last_good,
      first_bad,
      commits.join(" "),
    ]),
    ...anomalies.map(({ judgement, at_ms, value, expected, commit }) => [
      "anomaly",
      judgement,
      moments(at_ms),
      expected,
      value,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      commit,
    ]),
    ...[["drift", drift] as const, ["baseline", against_baseline] as const].flatMap(([kind, move]) =>
      move === undefined
        ? []
        : [
            [
              kind,
              move.judgement,
              moments(move.until_ms),
              undefined,
              undefined,
              move.relative.estimate,
              move.relative.low,
              move.relative.high,
              move.p,
            ],
          ],
    ),
  ];
  return found.length === 0 ? [[]] : found;
}
