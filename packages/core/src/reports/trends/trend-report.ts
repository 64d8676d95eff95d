import type { Direction, Interval, Judgement, Segment } from "../../trends/analysis.ts";
import type { Outlook } from "../../trends/outlook.ts";
import type { TrendPoint, TrendSeries } from "../../protocol/trends.ts";
import type { TrendComparison } from "./comparison.ts";
import type { RangeHistory } from "./range-history.ts";

/** What a report of trends tells, whatever it is written as. All of it is plain data; moments are milliseconds since 1970. */
export interface TrendReport {
  /** Names the shape: it changes when a field changes its meaning or goes. */
  readonly schema: "shardwright-trends/1";
  readonly about: TrendReportAbout;
  readonly totals: TrendTotals;
  /** Changes that one range of commits brought, the worst first. */
  readonly groups: readonly TrendGroup[];
  /** All series that were looked at, those with the most to tell first. */
  readonly series: readonly ReportedTrend[];
  readonly comparison?: TrendComparison;
}

export interface TrendReportAbout {
  readonly project: string;
  readonly made_at_ms: number;
  /** Only what changed since then is told; what was before says how it was. */
  readonly since_ms?: number;
  /** What the series were chosen by, as it was given. */
  readonly chosen: Readonly<Partial<Record<"test" | "metric" | "hardware" | "branch", string>>>;
  /** Where commits can be looked at: `https://github.com/acme/shop`. */
  readonly repository_url?: string;
  /** The share of false ones among the changes that are told, at most. */
  readonly false_discovery_rate: number;
}

export interface TrendTotals {
  readonly series: number;
  /** Of the branch that was looked at, and those among them that count. */
  readonly points: number;
  readonly usable: number;
  readonly marked: number;
  readonly regressions: number;
  readonly improvements: number;
  /** Changes that so many series would show by chance. */
  readonly withheld: number;
  readonly anomalies: number;
  readonly drifting: number;
  /** Series whose machines measure differently. */
  readonly machine_mixes: number;
  /** Series too noisy to show a change of the size that matters. */
  readonly blind: number;
  /** Series with too few points for any change to be found. */
  readonly too_short: number;
}

/** What names a series. */
export type TrendName = Pick<TrendSeries, "test" | "case" | "name" | "unit" | "better" | "dimensions" | "hardware_class">;

export interface ReportedTrend extends TrendName {
  readonly id: number;
  /** The branch whose points these are, with those that name none; undefined where all branches are looked at, or none is named. */
  readonly branch?: string;
  readonly points: number;
  /** Those that the analysis went by: not marked, and among the newest 2,000. */
  readonly usable: number;
  /** Shown, and left out: of tests that failed, were retried, did not measure all. */
  readonly marked: number;
  /** Points of other branches, left out. */
  readonly elsewhere: number;
  readonly from_ms?: number;
  readonly until_ms?: number;
  /** The median of the newest level. */
  readonly level?: number;
  /** Those of the time that is told of, oldest first. */
  readonly changes: readonly TrendChange[];
  readonly withheld: readonly TrendChange[];
  readonly anomalies: readonly TrendAnomaly[];
  readonly drift?: TrendMove;
  /** The newest points beside the oldest: many small changes that add up. */
  readonly against_baseline?: TrendMove;
  readonly machines: readonly { readonly machine: string; readonly points: number; readonly offset: number }[];
  /** Where another mix of machines looked like a change, and was none. */
  readonly explained_by_machines: number;
  readonly noise: TrendNoise;
  readonly outlook?: Outlook;
  /** The points themselves, where the series is drawn. */
  readonly drawn?: DrawnTrend;
}

export interface TrendChange {
  /** The first point on the new level, among those of the series. */
  readonly index: number;
  readonly at_ms: number;
  /** The change is at one of these points, with this probability. */
  readonly location: { readonly first: number; readonly last: number; readonly coverage: number };
  readonly before: number;
  readonly after: number;
  readonly shift: Interval;
  /** As a share of the level before; null bounds in JSON where that is 0. */
  readonly relative: Interval;
  readonly p: number;
  /** Corrected for all series of the report. */
  readonly q: number;
  readonly deviations: number;
  readonly direction: Direction;
  readonly judgement: Judgement;
  /** No machine measured both before and after: it cannot be told from a change of machines. */
  readonly other_machines?: true;
  readonly last_good?: string;
  readonly first_bad?: string;
  readonly commits: readonly string[];
}

export interface TrendAnomaly {
  readonly index: number;
  readonly at_ms: number;
  readonly value: number;
  readonly expected: number;
  readonly deviations: number;
  readonly judgement: Judgement;
  /** It may be the beginning of a change: nothing came after it yet. */
  readonly newest: boolean;
  readonly commit?: string;
}

export interface TrendMove {
  readonly from_ms: number;
  readonly until_ms: number;
  readonly relative: Interval;
  readonly p: number;
  readonly direction: Direction;
  readonly judgement: Judgement;
}

export interface TrendNoise {
  /** Of a single point, in the series' unit. */
  readonly deviation: number;
  /** The interquartile range as a share of the level. */
  readonly rcv: number;
  readonly autocorrelation: number;
  readonly bimodal: boolean;
  /** The share of the level that a change must have to be seen. */
  readonly minimum_detectable?: number;
  /** The share of the variance that lies between machines. */
  readonly between_machines?: number;
  /** What a reader should know of a series that is too noisy. */
  readonly sentence?: string;
}

/** Points to be drawn, and where in the series they begin: all indices of the series are those of its points from the first. */
export interface DrawnTrend {
  readonly first: number;
  readonly points: readonly TrendPoint[];
  readonly segments: readonly Segment[];
}

export interface TrendGroup {
  readonly key: string;
  readonly judgement: Judgement;
  /** So much of the suite moved at once that the machines are the likelier cause. */
  readonly infrastructure: boolean;
  readonly commits: readonly string[];
  readonly last_good?: string;
  /** What the checkout says of them, where the report was made in one. */
  readonly history?: RangeHistory;
  /** The worst first: the series' place in the report, and the change's in the series. */
  readonly changes: readonly { readonly series: number; readonly change: number }[];
}
