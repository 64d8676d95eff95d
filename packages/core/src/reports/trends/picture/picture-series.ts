import type { Judgement } from "../../../trends/analysis.ts";

/** A point as it is drawn. */
export interface PicturePoint {
  readonly value: number;
  readonly at_ms: number;
  /** Place of its machine among those that are told apart; beyond them, or without one, −1. */
  readonly machine: number;
  /** It is marked, and counts for nothing. */
  readonly is_left_out: boolean;
}

/** All that a picture of a series shows. Indices are those of `points`. */
export interface PictureSeries {
  readonly unit: string;
  readonly points: readonly PicturePoint[];
  /** Levels, with the bounds between which nearly all of their points lie. */
  readonly segments: readonly {
    readonly from: number;
    readonly until: number;
    readonly median: number;
    readonly low: number;
    readonly high: number;
  }[];
  /** Where the level changed: the likeliest point, and the first and last that it may be. */
  readonly changes: readonly {
    readonly index: number;
    readonly first: number;
    readonly last: number;
    readonly judgement: Judgement;
  }[];
  readonly anomalies: readonly { readonly index: number; readonly judgement: Judgement }[];
  /** The line that the newest level moves along, where it drifts; drawn in place of the level. */
  readonly drift?: { readonly from: number; readonly until: number; readonly begin: number; readonly end: number };
  /** The points to come: what is expected, and between which bounds. */
  readonly outlook: readonly { readonly estimate: number; readonly low: number; readonly high: number }[];
  /** What was before this point is only shown for comparison. */
  readonly since?: number;
}

/** Machines that are told apart by shape and colour; those with fewer points are drawn alike. */
export const machinesApart = 6;
