import type { TrendPoint, TrendSeries } from "../../protocol/trends.ts";
import { controlDiscoveries } from "../../trends/analyse-series.ts";
import { groupIntoAlerts } from "../../trends/alerts.ts";
import type { Change } from "../../trends/analysis.ts";
import { commitRange } from "../../trends/commit-range.ts";
import { analysisDefaults } from "../../trends/options.ts";
import { outlookOf } from "../../trends/outlook.ts";
import { analyseSeries } from "../../trends/analyse-series.ts";
import { ofMainBranch, seriesPoint } from "./points.ts";
import { reportedTrend, type LookedAt } from "./reported-trend.ts";
import type { ReportedTrend, TrendGroup, TrendReport, TrendReportAbout } from "./trend-report.ts";
import type { TrendComparison } from "./comparison.ts";

export interface TrendReportOptions {
  readonly about: Omit<TrendReportAbout, "false_discovery_rate">;
  /** The only branch, or all of them; the one with the most points of each series when absent. */
  readonly branches?: "given" | "all";
  /** Draws series that have nothing to tell, too. */
  readonly drawAll?: boolean;
}

/** Series that are drawn, at most: those with the most to tell. */
const drawnLimit = 60;
const groupsLimit = 500;
/** Of less no change can be found: three points are needed on either side, and some to know the noise by. */
const leastPoints = 8;

/**
 * Makes a report of one series after the other, so that of their points only those stay in memory that are drawn. Pure: of the same series and
 * points it makes the same report.
 */
export class TrendReportBuilder {
  readonly #options: TrendReportOptions;
  #looked: LookedAt[] = [];
  #drawn = 0;

  public constructor(options: TrendReportOptions) {
    this.#options = options;
  }

  /** @param all the points of one series, oldest first */
  public add(series: TrendSeries, all: readonly TrendPoint[]): void {
    const { about, branches } = this.#options;
    const { branch, points, elsewhere } =
      branches === undefined ? ofMainBranch(all) : { branch: about.chosen.branch, points: all, elsewhere: 0 };
    const measured = points.map(seriesPoint);
    const id = String(series.id);
    const analysis = analyseSeries({ id, unit: series.unit, better: series.better, points: measured });
    const outlook = outlookOf(measured, analysis);
    this.#looked.push({
      series,
      branch,
      elsewhere,
      count: points.length,
      marked: points.filter(({ mark }) => mark !== undefined).length,
      analysis,
      ranges: new Map(analysis.changes.map((change) => [change.index, commitRange(measured, change)])),
      moments: momentsOf(points, analysis.changes, [
        ...analysis.anomalies.map(({ index }) => index),
        ...[analysis.drift, analysis.againstBaseline?.baseline, analysis.againstBaseline?.newest].flatMap((part) =>
          part === undefined ? [] : [part.from, part.until - 1],
        ),
      ]),
      outlook,
      points,
    });
    this.#drawn += 1;
    if (this.#drawn > 2 * drawnLimit) this.#dropPoints();
  }

  public report(comparison?: TrendComparison): TrendReport {
    this.#dropPoints();
    const { about, drawAll = false } = this.#options;
    const batch = controlDiscoveries(this.#looked.map(({ analysis }) => analysis));
    const series = this.#looked
      .map((looked, index) => reportedTrend(looked, batch[index] ?? { ...looked.analysis, withheld: [] }, { about, drawAll }))
      .toSorted(mostToTell);
    return {
      schema: "shardwright-trends/1",
      about: { ...about, false_discovery_rate: analysisDefaults.falseDiscoveryRate },
      totals: totalsOf(series),
      groups: this.#groupsOf(series),
      series,
      ...(comparison !== undefined && { comparison }),
    };
  }

  /** Keeps the points of as many series as are drawn: what is true of them before the correction for all series decides. */
  #dropPoints(): void {
    const since_ms = this.#options.about.since_ms ?? 0;
    const weightOf = ({ analysis, moments }: LookedAt) =>
      analysis.changes.reduce(
        (most, { index, relative }) =>
          (moments.get(index) ?? 0) < since_ms ? most : Math.max(most, 1 + Math.abs(relative.estimate || 0)),
        analysis.drift !== undefined || analysis.anomalies.some(({ newest }) => newest) ? 0.5 : 0,
      );
    const kept = new Set(
      this.#looked
        .filter(({ points }) => points !== undefined)
        .map((looked) => ({ looked, weight: weightOf(looked) }))
        .toSorted((one, other) => other.weight - one.weight)
        .slice(0, drawnLimit)
        .map(({ looked }) => looked),
    );
    this.#looked = this.#looked.map((looked) => (kept.has(looked) ? looked : { ...looked, points: undefined }));
    this.#drawn = kept.size;
  }

  #groupsOf(series: readonly ReportedTrend[]): TrendGroup[] {
    const places = new Map(series.map(({ id }, place) => [String(id), place]));
    const analyses = this.#looked.map(({ analysis }) => analysis);
    const found = this.#looked.flatMap(({ analysis, ranges }) => {
      const told = series[places.get(analysis.id) ?? -1]?.changes ?? [];
      return analysis.changes
        .filter(({ index }) => told.some((change) => change.index === index))
        .map((change: Change) => ({ series: analysis.id, change, range: ranges.get(change.index) ?? { commits: [] } }));
    });
    return groupIntoAlerts({ found, analyses, limit: groupsLimit }).fresh.map((alert) => ({
      key: alert.key,
      judgement: alert.judgement,
      infrastructure: alert.infrastructure,
      commits: alert.commits,
      ...(alert.lastGood !== undefined && { last_good: alert.lastGood }),
      changes: alert.changes.map(({ series: id, change }) => {
        const place = places.get(id) ?? 0;
        return { series: place, change: series[place]?.changes.findIndex(({ index }) => index === change.index) ?? 0 };
      }),
    }));
  }
}

function momentsOf(points: readonly TrendPoint[], changes: readonly Change[], others: readonly number[]): Map<number, number> {
  const indices = [...changes.flatMap(({ index, location }) => [index, location.last]), ...others, 0, points.length - 1];
  return new Map(
    indices.flatMap((index) => {
      const at_ms = points[index]?.at_ms;
      return at_ms === undefined ? [] : [[index, at_ms] as const];
    }),
  );
}

/** Regressions by their size, then improvements, then what only may become something. */
function mostToTell(one: ReportedTrend, other: ReportedTrend): number {
  return weight(other) - weight(one) || (one.id < other.id ? -1 : 1);
}

function weight({ changes, anomalies, drift, against_baseline, explained_by_machines }: ReportedTrend): number {
  const sizes = changes.map(
    ({ relative, judgement }) => Math.min(999, Math.abs(relative.estimate || 0)) + (judgement === "regression" ? 2000 : 1000),
  );
  const slow = (move: typeof drift) => (move === undefined ? 0 : move.judgement === "regression" ? 500 : 400);
  const newest = anomalies.some((each) => each.newest) ? 300 : anomalies.length > 0 ? 100 : 0;
  return Math.max(0, ...sizes, slow(drift), slow(against_baseline), newest, explained_by_machines > 0 ? 50 : 0);
}

function totalsOf(series: readonly ReportedTrend[]): TrendReport["totals"] {
  const count = (is: (trend: ReportedTrend) => boolean) => series.filter(is).length;
  const sum = (of: (trend: ReportedTrend) => number) => series.reduce((total, trend) => total + of(trend), 0);
  return {
    series: series.length,
    points: sum(({ points }) => points),
    usable: sum(({ usable }) => usable),
    marked: sum(({ marked }) => marked),
    regressions: sum(({ changes }) => changes.filter(({ judgement }) => judgement === "regression").length),
    improvements: sum(({ changes }) => changes.filter(({ judgement }) => judgement === "improvement").length),
    withheld: sum(({ withheld }) => withheld.length),
    anomalies: sum(({ anomalies }) => anomalies.length),
    drifting: count(({ drift, against_baseline }) => drift !== undefined || against_baseline !== undefined),
    machine_mixes: count(({ machines }) => machines.length > 0),
    blind: count(({ noise, usable }) => usable >= leastPoints && noise.sentence !== undefined),
    too_short: count(({ usable }) => usable < leastPoints),
  };
}
