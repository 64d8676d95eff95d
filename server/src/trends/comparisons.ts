import {
  ComparisonBuilder,
  type ComparisonQuery,
  ShardwrightError,
  type TrendComparisonAnswer,
  type TrendFilter,
  type TrendSeries,
  choosesPoints,
  compareByOf,
  comparedMetricsPerAnswer,
  comparedSeriesPerAnswer,
  ofMainBranch,
  trendsPageLimit,
  wireComparison,
} from "@shardwright/core";
import type { CoordinatorParts } from "../parts.ts";
import { Turns } from "./turns.ts";

type Parts = Pick<CoordinatorParts, "queries" | "clock">;

/** The newest points of a series that are looked at: more than count, for they are of several configurations. */
const pointsRead = 1000;
const day_ms = 24 * 3_600_000;

/**
 * Configurations beside each other, over the series that fit. Done in short turns, and of bounded size.
 * @throws ShardwrightError `bad-request` for what names no configurations
 */
export async function comparisonOf(parts: Parts, query: ComparisonQuery): Promise<TrendComparisonAnswer> {
  const { queries, clock } = parts;
  const { by: _by, baseline, configurations: _configurations, days, ...filter } = query;
  const by = compareByOf(query);
  if (typeof by === "string") throw new ShardwrightError("bad-request", { problems: `query: ${by}` });
  const turns = new Turns(clock);
  const builder = new ComparisonBuilder(by, comparedMetricsPerAnswer);
  const since_ms = clock.now_ms() - days * day_ms;
  let looked = 0;
  let hasMore = false;
  for (const series of seriesOf(queries, filter)) {
    if (looked === comparedSeriesPerAnswer) {
      hasMore = true;
      break;
    }
    looked += 1;
    const points = queries.trends.newest(series.id, filter.branch, since_ms, pointsRead);
    builder.add(series, choosesPoints(by) || filter.branch !== undefined ? points : ofMainBranch(points).points);
    await turns.breathe();
  }
  const found = [...builder.found()].map(([name, values]) => ({ name, values }));
  if (baseline !== undefined && !found.some(({ name }) => name === baseline))
    throw new ShardwrightError("bad-request", {
      problems: `query.baseline: nothing was measured of ${baseline} in ${days} days`,
    });
  const work = builder.comparing(baseline);
  let step = work.next();
  for (; step.done !== true; step = work.next()) await turns.breathe();
  return { project: filter.project, days, found, series: looked, more_series: hasMore, ...wireComparison(step.value) };
}

function* seriesOf(queries: Parts["queries"], filter: TrendFilter): Generator<TrendSeries> {
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: ReturnType<Parts["queries"]["trends"]["list"]> = queries.trends.list(filter, after, trendsPageLimit);
    yield* page.series;
    after = page.next;
  }
}
