/** A value and the bounds between which it lies with the probability `level`. */
export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly level: number;
}

export type Direction = "up" | "down";
export type Judgement = "regression" | "improvement";

/** The level of a series became another one. Indices are those of `series.points`. */
export interface Change {
  /** The first point on the new level, as far as can be said. */
  readonly index: number;
  /** The first point on the new level is one of `first` to `last`, both included, with the probability `coverage`. */
  readonly location: { readonly first: number; readonly last: number; readonly coverage: number };
  /** The medians of the levels before and after, in the series' unit. */
  readonly before: number;
  readonly after: number;
  /** By how much the level moved: in the series' unit, and as a share of the level before (NaN where that is 0). */
  readonly shift: Interval;
  readonly relative: Interval;
  /** The chance of so clear a change, anywhere nearby, in a series that does not change. */
  readonly p: number;
  /** The same, corrected for all series that were looked at together; only `analyseBatch` can say it. */
  readonly q?: number;
  /** The shift in standard deviations of a single point. */
  readonly deviations: number;
  readonly direction: Direction;
  readonly judgement: Judgement;
  /** No machine measured both before and after, so that it cannot be told from a change of machines; never an alert. */
  readonly otherMachines?: boolean;
}

/** A stretch of a series that has one level: the points from `from` to before `until`. */
export interface Segment {
  readonly from: number;
  readonly until: number;
  readonly median: number;
  /** Between these, nearly all of its points lie: three standard deviations to either side. */
  readonly low: number;
  readonly high: number;
}

/** A single point far off its level. It says nothing of the next one. */
export interface Anomaly {
  readonly index: number;
  readonly value: number;
  /** The level that it is off. */
  readonly expected: number;
  readonly deviations: number;
  readonly direction: Direction;
  readonly judgement: Judgement;
  /** Nothing came after it yet, or only points like it: it may be the beginning of a change, which running it again would tell. */
  readonly newest: boolean;
}

/** A level that moves little by little. */
export interface Drift {
  /** The points that were looked at: from `from` to before `until`. */
  readonly from: number;
  readonly until: number;
  /** The change of the value from one point to the next, in the series' unit. */
  readonly slope: Interval;
  /** The change from the first of these points to the last, as a share of where it began. */
  readonly relative: Interval;
  readonly p: number;
  readonly direction: Direction;
  readonly judgement: Judgement;
}

/** The newest points beside those of an older baseline. */
export interface BaselineShift {
  readonly baseline: { readonly from: number; readonly until: number };
  readonly newest: { readonly from: number; readonly until: number };
  readonly relative: Interval;
  readonly p: number;
  readonly direction: Direction;
  readonly judgement: Judgement;
}

/** A machine's part of a series. */
export interface MachineOffset {
  readonly machine: string;
  readonly points: number;
  /** By how much its values differ from those of the machine with the most points: in the series' unit, and as a share of the median. */
  readonly offset: number;
  readonly relative: number;
}

/** Machines of one series that measure differently. */
export interface MachineMix {
  readonly machines: readonly MachineOffset[];
  /** The indices where another mix of machines looked like a change, and which are none once each machine's offset is taken off. */
  readonly explained: readonly number[];
}

/** How much a series varies while nothing changes, and what can be seen in it because of that. */
export interface NoiseProfile {
  /** The standard deviation of a single point around its level, in the series' unit, estimated so that outliers do not count. */
  readonly deviation: number;
  /** The interquartile range around the levels as a share of the median: the robust coefficient of variation. */
  readonly rcv: number;
  /** The correlation of each deviation with the next. */
  readonly autocorrelation: number;
  /** The share of the level that a change must have to be seen within the newest points; undefined where there is no level to compare. */
  readonly minimumDetectable?: number;
  /** The share of the variance that lies between machines, 0 to 1; undefined with fewer than two machines. */
  readonly betweenMachines?: number;
  /** Sarle's bimodality coefficient of the deviations; two alike peaks give 1, a normal distribution 1/3, an even one 5/9. */
  readonly bimodality: number;
  readonly bimodal: boolean;
  /** Set when a change of the size that matters would not be seen: the size that would be, as a share of the level. */
  readonly cannotSee?: number;
}

/** What a series says. */
export interface SeriesAnalysis {
  readonly id: string;
  /** How many points counted. */
  readonly usable: number;
  readonly changes: readonly Change[];
  readonly segments: readonly Segment[];
  readonly anomalies: readonly Anomaly[];
  readonly drift?: Drift;
  readonly againstBaseline?: BaselineShift;
  readonly machines?: MachineMix;
  readonly noise: NoiseProfile;
}
