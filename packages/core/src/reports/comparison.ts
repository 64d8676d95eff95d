import {
  type BaseOrigin,
  baseRunsLimit,
  changeKinds,
  type ChangeKind,
  comparedLimit,
  type ComparedTest,
  type RunComparison,
} from "./comparison-schema.ts";
import { comparedFiles, comparedRun, type ComparedFile, type ComparedOutcome, type ComparedRun } from "./comparison-runs.ts";
import { findSlower, leastDurations, type DurationSeries } from "./comparison-slower.ts";
import { plural } from "./format.ts";
import type { RunReport } from "./run-report.ts";

/** What stands for a file itself among its cases. */
const itself = "";

/**
 * What is different in a run from runs on its base.
 * @param base newest first; of more than ten, the newest count
 */
export function compareReports(base: readonly RunReport[], head: RunReport, origin: BaseOrigin = "given"): RunComparison {
  const comparing = new Comparing(comparedRun(head), origin);
  for (const file of comparedFiles(head)) comparing.addHeadFile(file);
  for (const report of base.slice(0, baseRunsLimit)) {
    comparing.beginBase(comparedRun(report));
    for (const file of comparedFiles(report)) comparing.addBaseFile(file);
  }
  return comparing.result();
}

interface Unit {
  readonly file: FileEntry;
  readonly case_key: string;
}

interface FileEntry {
  readonly key: string;
  readonly suite: string;
  readonly file: string;
  readonly units: Map<string, number>;
  head?: Pick<ComparedFile, "isWhole" | "failedItself">;
  /** As it was in the run that says what the suite had. */
  reference?: Pick<ComparedFile, "isWhole">;
}

/** What one run says of each unit, by its number. */
class Column {
  readonly outcomes: ComparedOutcome[] = [];
  readonly durations_ms: number[] = [];
  readonly hardware: (string | undefined)[] = [];
}

/** Compares runs that are read file by file, so that never more is in memory than a few numbers for each test and run. */
export class Comparing {
  readonly #head: ComparedRun;
  readonly #origin: BaseOrigin;
  readonly #units: Unit[] = [];
  readonly #files = new Map<string, FileEntry>();
  readonly #headColumn = new Column();
  readonly #runs: ComparedRun[] = [];
  readonly #columns: Column[] = [];
  /** Of each suite, the newest run on the base that selected the same of it: what it had is what there was. */
  readonly #references = new Map<string, ComparedRun>();
  readonly #notes: string[] = [];

  constructor(head: ComparedRun, origin: BaseOrigin) {
    this.#head = head;
    this.#origin = origin;
  }

  addHeadFile(file: ComparedFile): void {
    this.#entry(file).head = file;
    this.#record(file, this.#headColumn, true);
  }

  /** Begins the next older run of the base; its files follow. */
  beginBase(run: ComparedRun): void {
    this.#runs.push(run);
    this.#columns.push(new Column());
    if (!run.isWhole) return;
    for (const [suite, selection] of run.selections)
      if (!this.#references.has(suite) && this.#head.selections.get(suite) === selection) this.#references.set(suite, run);
  }

  addBaseFile(file: ComparedFile): void {
    const column = this.#columns.at(-1);
    if (column === undefined) throw new RangeError("a file of the base belongs to a run of it");
    const isReference = this.#references.get(file.suite) === this.#runs.at(-1);
    if (isReference) this.#entry(file).reference = file;
    this.#record(file, column, isReference);
  }

  /** Says what could not be compared. */
  note(sentence: string): void {
    this.#notes.push(sentence);
  }

  result(): RunComparison {
    const lists = Object.fromEntries(changeKinds.map((kind) => [kind, [] as ComparedTest[]])) as Record<
      ChangeKind,
      ComparedTest[]
    >;
    const totals = Object.fromEntries(changeKinds.map((kind) => [kind, 0])) as Record<ChangeKind, number>;
    const add = (kind: ChangeKind, test: ComparedTest, count = 1): void => {
      totals[kind] += count;
      if (lists[kind].length < comparedLimit) lists[kind].push(test);
    };
    for (const [number, unit] of this.#units.entries()) {
      const kind = this.#changeOf(number, unit);
      if (kind !== undefined) add(kind, this.#describe(number, unit));
      // A new test that fails is both.
      if (kind !== "added" && this.#headColumn.outcomes[number] !== undefined && this.#isNew(unit, number))
        add("added", this.#describe(number, unit));
    }
    for (const entry of this.#files.values()) {
      const count = this.#removedFile(entry) ? entry.units.size - Number(entry.units.has(itself)) : 0;
      if (count > 0) add("removed", { ...nameOf(entry), base: { of: 1, failed: 0, flaky: 0 }, tests: count }, count);
    }
    const { slower, pace } = findSlower(this.#series());
    for (const { test, duration_ms, usual_ms } of slower.sort(
      (a, b) => b.duration_ms - b.usual_ms - (a.duration_ms - a.usual_ms),
    )) {
      const unit = this.#units[test];
      if (unit !== undefined)
        add("slower", { ...this.#describe(test, unit), duration_ms: round(duration_ms), usual_ms: round(usual_ms) });
    }
    const branch = this.#runs.find((run) => run.branch !== undefined)?.branch;
    return {
      base: {
        ...(branch !== undefined && { branch }),
        origin: this.#origin,
        runs: this.#runs.map(({ id, key, commit, verdict, submitted_at_ms }) => ({
          id,
          key,
          ...(commit !== undefined && { commit }),
          verdict,
          submitted_at_ms,
        })),
      },
      totals,
      ...lists,
      unknown_files: [...this.#files.values()].filter(({ head }) => head?.isWhole === false).length,
      ...(pace !== undefined && { pace: Math.round(pace * 100) / 100 }),
      notes: [...this.#notes, ...this.#silences()],
    };
  }

  #entry({ key, suite, file }: ComparedFile): FileEntry {
    const known = this.#files.get(key);
    if (known !== undefined) return known;
    const entry: FileEntry = { key, suite, file, units: new Map() };
    this.#files.set(key, entry);
    return entry;
  }

  /** @param makes whether tests that no run before had are taken in */
  #record(file: ComparedFile, column: Column, makes: boolean): void {
    const entry = this.#files.get(file.key);
    if (entry === undefined) return;
    const set = (case_key: string, outcome: ComparedOutcome, duration_ms: number, hardware: string | undefined): void => {
      let number = entry.units.get(case_key);
      if (number === undefined) {
        if (!makes) return;
        number = this.#units.push({ file: entry, case_key }) - 1;
        entry.units.set(case_key, number);
      }
      column.outcomes[number] = outcome;
      column.durations_ms[number] = duration_ms;
      column.hardware[number] = hardware;
    };
    for (const { key, outcome, duration_ms, hardware } of file.cases) set(key, outcome, duration_ms, hardware);
    if (file.failedItself) set(itself, "failed", 0, undefined);
    else if (file.isWhole && entry.units.has(itself)) set(itself, "passed", 0, undefined);
  }

  #changeOf(number: number, unit: Unit): ChangeKind | undefined {
    const now = this.#now(number, unit);
    const { results, newest, of, failed, flaky } = this.#past(number);
    switch (now) {
      case undefined:
        return this.#isRemovedCase(unit, newest) ? "removed" : undefined;
      case "excused":
        return undefined;
      case "flaky":
        return "flaky";
      case "skipped":
        if (of > 0 && newest !== "skipped" && unit.case_key !== itself) return "newly_skipped";
        return this.#isNew(unit, number) ? "added" : undefined;
      case "passed":
        if (isBroken(results[0]) && flaky === 0 && flips(results) <= 1) return "fixed";
        return this.#isNew(unit, number) ? "added" : undefined;
      case "failed":
        if (of === 0)
          return newest !== undefined || this.#isNew(unit, number) || this.#wasWhole(unit) ? "newly_failing" : "failing_unknown";
        if (failed === 0 && flaky === 0) return "newly_failing";
        return isBroken(results[0]) && flaky === 0 && flips(results) <= 1 ? "still_failing" : "failing_at_times";
    }
  }

  /** A file that is whole has not failed itself, though nothing was noted of it. */
  #now(number: number, { file, case_key }: Unit): ComparedOutcome | undefined {
    const now = this.#headColumn.outcomes[number];
    return now === undefined && case_key === itself && file.head?.isWhole === true ? "passed" : now;
  }

  /** What the base says of a test, newest first. */
  #past(number: number) {
    const all = this.#columns.flatMap(({ outcomes }) => outcomes[number] ?? []);
    const results = all.filter((outcome) => outcome !== "skipped");
    return {
      results,
      newest: all[0],
      of: results.length,
      failed: results.filter(isBroken).length,
      flaky: results.filter((outcome) => outcome === "flaky").length,
    };
  }

  #describe(number: number, { file, case_key }: Unit): ComparedTest {
    const { of, failed, flaky } = this.#past(number);
    return {
      ...nameOf(file),
      ...pathOf(case_key),
      base: { of, failed, flaky },
      ...(this.#isNew({ file, case_key }, number) && { is_new: true as const }),
    };
  }

  /** Not on the base: the newest run that could have had it was whole, and no other had it either. */
  #isNew({ file, case_key }: Unit, number: number): boolean {
    if (case_key === itself || !this.#references.has(file.suite)) return false;
    if (file.reference?.isWhole === false) return false;
    return this.#columns.every(({ outcomes }) => outcomes[number] === undefined);
  }

  /** The file ran to its end on the base, and so did not fail itself. */
  #wasWhole({ file, case_key }: Unit): boolean {
    return case_key === itself && file.reference?.isWhole === true;
  }

  #isRemovedCase({ file, case_key }: Unit, newest: ComparedOutcome | undefined): boolean {
    return case_key !== itself && newest !== undefined && file.head?.isWhole === true && file.reference?.isWhole === true;
  }

  #removedFile({ suite, head, reference }: FileEntry): boolean {
    return reference !== undefined && head === undefined && this.#head.isWhole && this.#references.has(suite);
  }

  *#durations(): Generator<DurationSeries<number>> {
    const { outcomes, durations_ms, hardware } = this.#headColumn;
    for (const number of this.#units.keys()) {
      const head_ms = durations_ms[number];
      if (outcomes[number] !== "passed" || head_ms === undefined) continue;
      const isAlike = (column: Column) =>
        column.outcomes[number] === "passed" &&
        (column.hardware[number] === undefined || hardware[number] === undefined || column.hardware[number] === hardware[number]);
      yield {
        test: number,
        head_ms,
        base_ms: this.#columns.map((column) => (isAlike(column) ? column.durations_ms[number] : undefined)),
      };
    }
  }

  #series(): DurationSeries<number>[] {
    return this.#columns.length < leastDurations ? [] : [...this.#durations()];
  }

  /** Why something is not said that might be looked for. */
  #silences(): string[] {
    if (this.#runs.length === 0) return [];
    const notes: string[] = [];
    const apart = [...this.#head.selections.keys()].filter((suite) => !this.#references.has(suite));
    if (!this.#head.isWhole) notes.push("This is a share of the run: what is missing in it is not called removed.");
    if (apart.length > 0)
      notes.push(
        `Of the ${apart.length === 1 ? "suite" : "suites"} ${apart.slice(0, 10).join(", ")} no run on the base selected the same tests: none is called new or removed.`,
      );
    const left = [...(this.#runs[0]?.selections.keys() ?? [])].filter((suite) => !this.#head.selections.has(suite));
    if (left.length > 0)
      notes.push(`Not run here: ${plural(left.length, "suite")} of the base, ${left.slice(0, 10).join(", ")}.`);
    if (this.#runs.length < leastDurations)
      notes.push(`Which tests became slower is said from ${leastDurations} runs on the base.`);
    return notes;
  }
}

function nameOf({ key, suite, file }: FileEntry): Pick<ComparedTest, "key" | "suite" | "file"> {
  return { key, suite, file };
}

function pathOf(case_key: string): Pick<ComparedTest, "path" | "ordinal"> {
  if (case_key === itself) return {};
  const parts = JSON.parse(case_key) as (string | number)[];
  const ordinal = Number(parts.at(-1));
  return { path: parts.slice(0, -1).map(String), ...(ordinal > 0 && { ordinal }) };
}

/** What failed in quarantine has failed all the same. */
function isBroken(outcome: ComparedOutcome | undefined): boolean {
  return outcome === "failed" || outcome === "excused";
}

/** How often a test went from one to the other. */
function flips(results: readonly ComparedOutcome[]): number {
  return results.filter((outcome, index) => index > 0 && isBroken(outcome) !== isBroken(results[index - 1])).length;
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
