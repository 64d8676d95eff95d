/**
 * What the page's script reads: the report, made small. Names that repeat stand once in `strings` and are named by their place there.
 * Both sides import these types, so that they cannot drift apart.
 */
export interface PagePayload {
  readonly strings: readonly string[];
  readonly suites: readonly number[];
  readonly workers: readonly PageWorker[];
  readonly tasks: readonly PageTask[];
  /** Title and size of each cause, in the order of the page. */
  readonly causes: readonly { readonly title: string; readonly size: number }[];
  readonly duration_ms: number;
}

interface PageWorker {
  readonly name: string;
  readonly slots: number;
  readonly status: string;
  /** Hardware and state in a line. */
  readonly about: string;
}

export type PageStatus =
  | "passed"
  | "failed"
  | "errored"
  | "skipped"
  | "cancelled"
  | "incomplete"
  | "running"
  | "lost"
  | "released"
  | "superseded";

/** The order is the wire's: a status is its place here. */
export const pageStatuses = [
  "passed",
  "failed",
  "errored",
  "skipped",
  "cancelled",
  "incomplete",
  "running",
  "lost",
  "released",
  "superseded",
] as const satisfies readonly PageStatus[];

export interface PageTask {
  /** File, in `strings`. */
  readonly f: number;
  /** Suite, in `strings`. */
  readonly s: number;
  /** The kind of browser it ran in, in `strings`. */
  readonly browser?: number;
  readonly status: number;
  readonly flaky?: true;
  readonly quarantined?: true;
  readonly reason?: string;
  readonly estimate_ms?: number;
  /** Cause of the task's own fault. */
  readonly cause?: number;
  /** In how many parts the file was dealt out. */
  readonly parts?: number;
  readonly owners?: readonly string[];
  /** Of the task's own fault. */
  readonly change?: string;
  readonly reproduce?: readonly string[];
  readonly attempts: readonly PageAttempt[];
}

export interface PageAttempt {
  /** Number of the attempt. */
  readonly n: number;
  /** It was begun while another one was under way. */
  readonly duplicate?: true;
  /** The attempt that it resumed, and how many of its cases are of that one or those before. */
  readonly resumed?: readonly [attempt: number, cases: number];
  /** Which repetition of new tests it was, from 1; it does not count by itself. */
  readonly repetition?: number;
  /** Which part of the file, from 0. */
  readonly part?: number;
  /** Its results count; of the others only the cases that failed are here. */
  readonly final?: true;
  /** Worker, in `strings`. */
  readonly w: number;
  readonly status: number;
  readonly started_ms: number;
  readonly ended_ms: number;
  readonly duration_ms: number;
  readonly failure?: { readonly kind: string; readonly message: string; readonly exit?: string };
  /** What was decided for the task then, in words. */
  readonly next?: string;
  readonly log?: string;
  readonly artifacts?: readonly PageArtifact[];
  /** Of the file as a whole. */
  readonly metrics?: readonly PageMetric[];
  readonly cases: readonly PageCase[];
}

export interface PageArtifact {
  readonly name: string;
  readonly bytes: number;
  /** Relative to the page; absent where it was not downloaded. */
  readonly href?: string;
  readonly shared?: true;
}

/** Status, duration in milliseconds, the groups it stands in (in `strings`), its own title, and what else there is to say. */
export type PageCase = readonly [status: number, duration_ms: number, groups: number, title: string, extra?: PageCaseExtra];

export interface PageCaseExtra {
  readonly message?: string;
  readonly details?: string;
  readonly output?: string;
  readonly note?: string;
  readonly file?: number;
  readonly line?: number;
  readonly retries?: number;
  readonly flaky?: true;
  /** It failed, and does not count: by whom, until when and why. */
  readonly quarantined?: string;
  /** "3 of 10 repetitions failed" */
  readonly repeated?: string;
  readonly cause?: number;
  /** How the failure stands to the base. */
  readonly change?: string;
  /** Commands that run it alone, and its whole file. */
  readonly reproduce?: readonly string[];
  readonly ordinal?: number;
  readonly properties?: Readonly<Record<string, string>>;
  readonly metrics?: readonly PageMetric[];
}

/** Name, median, p90 (of several measurements), how many there were, and whether it is but a part: values in words, with their unit. */
export type PageMetric = readonly [name: string, median: string, p90: string, n: number, partial?: 1];
