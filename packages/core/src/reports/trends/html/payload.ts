import type { PictureSeries } from "../picture/picture-series.ts";

/**
 * What the page's script reads of the series that are drawn. Names that repeat stand once in `strings` and are named by their place there,
 * −1 being none. Both sides import these types, so that they cannot drift apart.
 */
export interface TrendPayload {
  readonly strings: readonly string[];
  /** A commit's name is added to it, as a path; absent where nobody said where commits can be looked at. */
  readonly commits_at?: string;
  readonly series: readonly PageTrend[];
}

export interface PageTrend extends Omit<PictureSeries, "points"> {
  readonly name: string;
  readonly points: PagePoints;
}

/** The points in columns, all of the same length. A column of which nothing is known is absent. */
export interface PagePoints {
  readonly values: readonly number[];
  /** Seconds since 1970 of the first point; of the others, since the one before. */
  readonly seconds: readonly number[];
  /** The shape of its machine. */
  readonly shapes?: readonly number[];
  readonly machines?: readonly number[];
  readonly commits?: readonly number[];
  readonly runs?: readonly number[];
  /** Why it is left out. */
  readonly marks?: readonly number[];
  /** How many measurements are behind the value. */
  readonly counts?: readonly number[];
}
