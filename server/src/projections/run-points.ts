import {
  type CaseResult,
  type Metric,
  type PointMark,
  type Quarantine,
  caseName,
  condense,
  dimensionsText,
  measuringClass,
} from "@shardwright/core";
import type { MeasuredTask } from "./measured-tasks.ts";
import type { SeriesKey, TrendStore } from "./trend-store.ts";

/** What all points of a run have in common. */
export interface PointsOf {
  readonly run: string;
  readonly project: string;
  readonly at_ms: number;
  readonly commit: string | null;
  readonly branch: string | null;
  readonly proposed: boolean;
  readonly quarantine: Quarantine;
  readonly floor_ms: number;
  /** Of the fact that brings them. */
  readonly position: number;
}

const durations = { name: "duration", unit: "ms", better: "lower" } as const;

/** Turns what tests of one run took and measured into points. */
export class RunPoints {
  readonly #of: PointsOf;
  readonly #store: TrendStore;
  readonly #sources = new Map<string, number>();
  /** Points that were added, or were there. */
  count = 0;

  constructor(of: PointsOf, store: TrendStore) {
    this.#of = of;
    this.#store = store;
  }

  /** What a case has to take at least to be of interest: a test that has become fast is to be seen becoming fast. */
  floorOf({ file_key }: MeasuredTask): number {
    return this.#store.hasDurations(this.#of.project, file_key) ? 0 : this.#of.floor_ms;
  }

  addCase(ran: MeasuredTask, result: CaseResult): void {
    if (result.status === "skipped") return;
    const name = caseName(result);
    const mark = markOfAttempt(ran) ?? markOf(result, this.#of.quarantine.of(ran.file, result) !== undefined);
    this.#addDuration(ran, name, result.duration_ms, mark);
    for (const metric of result.metrics ?? []) this.#add(ran, name, metric, mark ?? (metric.partial === true ? "partial" : null));
  }

  /** What the file of a task took and measured as a whole. */
  addFile(ran: MeasuredTask): void {
    const mark = markOfFile(ran);
    for (const metric of ran.metrics ?? []) this.#add(ran, "", metric, mark ?? (metric.partial === true ? "partial" : null));
    if (ran.parts === null) this.#addDuration(ran, "", ran.duration_ms, mark);
  }

  /**
   * What a divided file took, from its parts: what is no case's is loading it, once for each of them. Of a file whose parts ran on machines
   * of several kinds, nothing can be said as a whole.
   */
  addDivided(parts: readonly MeasuredTask[], sum_ms: (part: MeasuredTask) => number): void {
    const [first] = parts;
    if (first === undefined || parts.length !== first.parts || !parts.every((part) => alike(part, first))) return;
    const mark = parts.map(markOfFile).find((one) => one !== null) ?? null;
    const whole_ms = parts.reduce((sum, part) => {
      const cases_ms = sum_ms(part);
      return sum + cases_ms + Math.max(0, part.duration_ms - cases_ms) / parts.length;
    }, 0);
    this.#addDuration(first, "", whole_ms, mark);
  }

  /** Durations are the many: a series of them begins only with one that is long enough to be compared. */
  #addDuration(ran: MeasuredTask, case_name: string, value: number, mark: PointMark | null): void {
    const metric = { ...durations, value };
    if (value < this.#of.floor_ms && !this.#store.hasSeries(this.#keyOf(ran, case_name, metric))) return;
    this.#add(ran, case_name, metric, mark);
  }

  #add(ran: MeasuredTask, case_name: string, metric: Metric, mark: PointMark | null): void {
    const { better, value, replicates } = metric;
    const key = this.#keyOf(ran, case_name, metric);
    this.#store.add(key, better, this.#sourceOf(ran), this.#of.at_ms, condense(value, replicates), mark, this.#of.position);
    this.count += 1;
  }

  #keyOf(
    { file_key, browser, capabilities }: MeasuredTask,
    case_name: string,
    { name, unit, dimensions }: Omit<Metric, "value">,
  ): SeriesKey {
    const { project } = this.#of;
    const all = browser === null ? dimensions : { browser, ...dimensions };
    const hardware_class = measuringClass(capabilities);
    return { project, test: file_key, case_name, name, unit, dimensions: dimensionsText(all), hardware_class };
  }

  #sourceOf({ machine }: MeasuredTask): number {
    let source = this.#sources.get(machine);
    if (source === undefined) {
      const { run, project, at_ms, commit, branch, proposed } = this.#of;
      const row = { run, at_ms, commit, branch, proposed, machine, upload: null };
      source = this.#store.sourceOfRun(run, machine) ?? this.#store.newSource(project, row);
      this.#sources.set(machine, source);
    }
    return source;
  }
}

function alike(a: MeasuredTask, b: MeasuredTask): boolean {
  return measuringClass(a.capabilities) === measuringClass(b.capabilities) && a.browser === b.browser;
}

function markOfFile(ran: MeasuredTask): PointMark | null {
  return markOfAttempt(ran) ?? (ran.status === "passed" ? null : "failed");
}

function markOfAttempt({ resumes, failed_before, status, standing }: MeasuredTask): PointMark | null {
  if (resumes !== null) return "resumed";
  if (failed_before && status === "passed") return "retried";
  return standing === "well" ? null : "sick";
}

function markOf({ status, retries, note }: CaseResult, isQuarantined: boolean): PointMark | null {
  if (status !== "passed" || note === "unexpected-pass") return "failed";
  if (isQuarantined) return "quarantined";
  return retries > 0 ? "retried" : null;
}
