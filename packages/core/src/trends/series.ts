/** One measurement of a series: what one run of one commit gave on one machine. */
export interface SeriesPoint {
  /** In the series' unit; where there are replicates, their median. */
  readonly value: number;
  /** The single measurements behind the value, in the series' unit. */
  readonly replicates?: readonly number[];
  /** The standard deviation of the value, in the series' unit, where whoever measured knows it. */
  readonly spread?: number;
  readonly commit?: string;
  readonly run?: string;
  readonly machine?: string;
  readonly at_ms?: number;
  /** The run did not measure all that it should have. Such a point is shown, and left out of every calculation. */
  readonly partial?: boolean;
}

/** The history of one metric of one test on one class of hardware. */
export interface Series {
  /** Names the series among others of a batch: test, metric and class of hardware. */
  readonly id: string;
  readonly unit: string;
  readonly better: "lower" | "higher";
  /** In the order of the commits. */
  readonly points: readonly SeriesPoint[];
}

/** Whether a point counts: measured in full, and a number. */
export function isUsable({ value, partial }: SeriesPoint): boolean {
  return partial !== true && Number.isFinite(value);
}
