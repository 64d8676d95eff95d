import type { TrendPoint, TrendSeries } from "../../protocol/trends.ts";
import type { BatchEntry } from "../../trends/analyse-series.ts";
import type { Change, Drift, SeriesAnalysis } from "../../trends/analysis.ts";
import type { CommitRange } from "../../trends/commit-range.ts";
import { noiseSentence } from "../../trends/noise.ts";
import type { Outlook } from "../../trends/outlook.ts";
import type { DrawnTrend, ReportedTrend, TrendAnomaly, TrendChange, TrendMove, TrendReportAbout } from "./trend-report.ts";

/** A series that was looked at, and what is kept of it until all have been. */
export interface LookedAt {
  readonly series: TrendSeries;
  readonly branch: string | undefined;
  readonly elsewhere: number;
  readonly count: number;
  readonly marked: number;
  readonly analysis: SeriesAnalysis;
  /** The commits of each change, by its index. */
  readonly ranges: ReadonlyMap<number, CommitRange>;
  /** When the points were measured that something is said of, by their indices. */
  readonly moments: ReadonlyMap<number, number>;
  readonly outlook: Outlook | undefined;
  /** Dropped where it is not drawn. */
  readonly points: readonly TrendPoint[] | undefined;
}

export interface Telling {
  readonly about: Pick<TrendReportAbout, "since_ms">;
  readonly drawAll: boolean;
}

/** So many points from before the time that is told of are drawn: they say how it was. */
const drawnBefore = 40;
/** Of a longer series the newest are drawn. */
const drawnPointsLimit = 20_000;
const withheldShown = 5;
const anomaliesShown = 50;

/** What a report says of one series. @param entry its analysis, corrected for all series of the report */
export function reportedTrend(looked: LookedAt, entry: BatchEntry, { about, drawAll }: Telling): ReportedTrend {
  const { series, moments, count, outlook } = looked;
  const { id, test, case: case_name, name, unit, better, dimensions, hardware_class } = series;
  const since_ms = about.since_ms ?? 0;
  const isTold = (index: number) => (moments.get(index) ?? 0) >= since_ms;
  const changes = entry.changes.filter(({ location }) => isTold(location.last)).map((change) => changeOf(change, looked));
  const withheld = entry.withheld.filter(({ location }) => isTold(location.last)).map((change) => changeOf(change, looked));
  const anomalies = entry.anomalies.filter(({ index }) => isTold(index)).map((anomaly) => anomalyOf(anomaly, looked));
  const { drift, againstBaseline } = entry;
  const told = {
    changes,
    anomalies: anomalies.slice(-anomaliesShown),
    drift: drift === undefined ? undefined : moveOf(drift, drift.from, drift.until, looked),
    against_baseline:
      againstBaseline === undefined
        ? undefined
        : moveOf(againstBaseline, againstBaseline.baseline.from, againstBaseline.newest.until, looked),
  };
  const tells =
    changes.length + anomalies.length > 0 || told.drift !== undefined || told.against_baseline !== undefined || drawAll;
  const [from_ms, until_ms] = [moments.get(0), moments.get(count - 1)];
  const level = entry.segments.at(-1)?.median;
  const drawn = tells ? drawnOf(looked, since_ms) : undefined;
  return {
    id,
    test,
    case: case_name,
    name,
    unit,
    better,
    dimensions,
    hardware_class,
    ...(looked.branch !== undefined && { branch: looked.branch }),
    points: count,
    usable: entry.usable,
    marked: looked.marked,
    elsewhere: looked.elsewhere,
    ...(from_ms !== undefined && { from_ms }),
    ...(until_ms !== undefined && { until_ms }),
    ...(level !== undefined && { level }),
    changes: told.changes,
    withheld: withheld.slice(0, withheldShown),
    anomalies: told.anomalies,
    ...(told.drift !== undefined && { drift: told.drift }),
    ...(told.against_baseline !== undefined && { against_baseline: told.against_baseline }),
    machines: (entry.machines?.machines ?? []).map(({ machine, points, offset }) => ({ machine, points, offset })),
    explained_by_machines: (entry.machines?.explained ?? []).length,
    noise: noiseOf(entry),
    ...(outlook !== undefined && { outlook }),
    ...(drawn !== undefined && { drawn }),
  };
}

function changeOf(change: Change, { ranges, moments }: LookedAt): TrendChange {
  const { index, location, before, after, shift, relative, p, q = 1, deviations, direction, judgement } = change;
  const range = ranges.get(index);
  return {
    index,
    at_ms: moments.get(index) ?? 0,
    location,
    before,
    after,
    shift,
    relative,
    p,
    q,
    deviations,
    direction,
    judgement,
    ...(change.otherMachines === true && { other_machines: true }),
    ...(range?.lastGood !== undefined && { last_good: range.lastGood }),
    ...(range?.firstBad !== undefined && { first_bad: range.firstBad }),
    commits: range?.commits ?? [],
  };
}

function anomalyOf(
  { index, value, expected, deviations, judgement, newest }: SeriesAnalysis["anomalies"][number],
  { moments, points }: LookedAt,
): TrendAnomaly {
  const commit = points?.[index]?.commit;
  return {
    index,
    at_ms: moments.get(index) ?? 0,
    value,
    expected,
    deviations,
    judgement,
    newest,
    ...(commit !== undefined && { commit }),
  };
}

function moveOf(
  { relative, p, direction, judgement }: Pick<Drift, "relative" | "p" | "direction" | "judgement">,
  from: number,
  until: number,
  { moments }: LookedAt,
): TrendMove {
  return { from_ms: moments.get(from) ?? 0, until_ms: moments.get(until - 1) ?? 0, relative, p, direction, judgement };
}

function noiseOf({ noise }: SeriesAnalysis): ReportedTrend["noise"] {
  const { deviation, rcv, autocorrelation, bimodal, minimumDetectable, betweenMachines } = noise;
  const sentence = noiseSentence(noise);
  return {
    deviation,
    rcv,
    autocorrelation,
    bimodal,
    ...(minimumDetectable !== undefined && { minimum_detectable: minimumDetectable }),
    ...(betweenMachines !== undefined && { between_machines: betweenMachines }),
    ...(sentence !== undefined && { sentence }),
  };
}

function drawnOf({ points, analysis }: LookedAt, since_ms: number): DrawnTrend | undefined {
  if (points === undefined) return undefined;
  const since = points.findIndex(({ at_ms }) => at_ms >= since_ms);
  const first = Math.max(0, (since === -1 ? points.length : since) - drawnBefore, points.length - drawnPointsLimit);
  return { first, points: points.slice(first), segments: analysis.segments.filter(({ until }) => until > first) };
}
