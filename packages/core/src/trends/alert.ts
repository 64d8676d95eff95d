import type { Change, Judgement } from "./analysis.ts";
import type { CommitRange } from "./commit-range.ts";

/** A change of a series, and the commits that it may come from. */
export interface FoundChange {
  readonly series: string;
  readonly change: Change;
  readonly range: CommitRange;
}

/** `open` until somebody looks at it; `invalid` is what somebody judged to be none; `fixed` is set when all its series have recovered, too. */
export type AlertState = "open" | "acknowledged" | "invalid" | "fixed";

/** What one range of commits did to some series. */
export interface Alert {
  /** The same for the same alert in every analysis. */
  readonly key: string;
  readonly state: AlertState;
  readonly judgement: Judgement;
  /** So much of the suite moved one way at once that the machines are likelier the cause than the commits. */
  readonly infrastructure: boolean;
  /** The commits that all of the changes may come from, in order. */
  readonly commits: readonly string[];
  readonly lastGood?: string;
  /** The worst first. */
  readonly changes: readonly FoundChange[];
}
