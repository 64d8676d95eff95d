import { caseKey, caseName } from "../model/case.ts";
import { plainText } from "../model/plain-text.ts";
import { changeKinds, type ChangeKind, type ComparedTest, type RunComparison } from "./comparison-schema.ts";
import type { Fault } from "./faults.ts";
import { formatCount } from "../model/count.ts";
import { formatDuration, plural } from "./format.ts";
import type { RunReport } from "./run-report.ts";

/** Changes that a failing test can be. */
const failing = [
  "newly_failing",
  "failing_at_times",
  "still_failing",
  "failing_unknown",
] as const satisfies readonly ChangeKind[];
export type FailingKind = (typeof failing)[number];

/** How a failure stands to the base. */
export interface FaultChange {
  readonly kind: FailingKind;
  readonly test: ComparedTest;
}

/** Finds how each failure of a report stands to the base; undefined where there is none, or it is not named there. */
export function faultChanges({ comparison }: Pick<RunReport, "comparison">): (fault: Fault) => FaultChange | undefined {
  if (comparison === undefined) return () => undefined;
  const known = new Map<string, FaultChange>();
  for (const kind of failing) for (const test of comparison[kind]) known.set(keyOf(test.key, test), { kind, test });
  return ({ task, result }) => known.get(keyOf(task.key, result));
}

function keyOf(
  key: string,
  named: { readonly path?: readonly string[] | undefined; readonly ordinal?: number | undefined } = {},
): string {
  const { path, ordinal = 0 } = named;
  return path === undefined ? key : `${key}\n${caseKey({ path: [...path], ordinal })}`;
}

/** The lower, the more it is news; what nothing is known of stands between what is new and what is not. */
export function newsRank(change: FaultChange | undefined): number {
  if (change?.kind === "newly_failing") return 0;
  if (change?.kind === "failing_at_times") return 2;
  return change?.kind === "still_failing" ? 3 : 1;
}

/** What a run is compared with, for people: the branch's name, or that it is earlier runs. */
export function baseName({ base }: RunComparison): string {
  return base.branch === undefined ? "earlier runs" : plainText(base.branch);
}

/** `newly failing`; `fails on main at times: in 2 of 10 runs`. */
export function changeWords({ kind, test }: FaultChange, comparison: RunComparison): string {
  const { of, failed, flaky } = test.base;
  const runs = of === 1 ? "the 1 run" : `${failed === of ? "all" : `${formatCount(failed)} of`} ${plural(of, "run")}`;
  switch (kind) {
    case "newly_failing":
      return test.is_new === true ? "newly failing: the test is new" : "newly failing";
    case "failing_at_times":
      return failed === 0
        ? `flaky on ${baseName(comparison)} too: in ${formatCount(flaky)} of ${plural(of, "run")}`
        : `fails on ${baseName(comparison)} at times: in ${runs}`;
    case "still_failing":
      return `fails on ${baseName(comparison)} too: in ${runs}`;
    case "failing_unknown":
      return `no result on ${baseName(comparison)} to compare with`;
  }
}

/** `newly failing`, in a few words that fit before a title. */
export const shortChange: Readonly<Record<FailingKind, string>> = {
  newly_failing: "newly failing",
  failing_at_times: "failing at times",
  still_failing: "failing before",
  failing_unknown: "",
};

const terms: Readonly<Record<ChangeKind, string>> = {
  newly_failing: "newly failing",
  failing_at_times: "failing there at times",
  still_failing: "failing there too",
  failing_unknown: "failing with nothing to compare",
  fixed: "fixed",
  slower: "slower",
  flaky: "flaky",
  newly_skipped: "newly skipped",
  removed: "removed",
  added: "added",
};

/** The numbers that are not zero, each with its words, in the order of what they say. */
export function changeCounts({
  totals,
}: RunComparison): { readonly kind: ChangeKind; readonly count: number; readonly words: string }[] {
  return changeKinds.flatMap((kind) => (totals[kind] > 0 ? [{ kind, count: totals[kind], words: terms[kind] }] : []));
}

/** `main at 4f2a91c, and 9 runs before it` */
export function baseWords(comparison: RunComparison): string {
  const { runs, origin } = comparison.base;
  const [newest, ...older] = runs;
  const name = baseName(comparison);
  if (newest === undefined) return name;
  const at = newest.commit === undefined ? `run ${plainText(newest.key).slice(0, 60)}` : newest.commit.slice(0, 8);
  const place = origin === "merge-base" ? `${name} where this branched off, ${at}` : `${name} at ${at}`;
  return older.length === 0 ? place : `${place}, and ${plural(older.length, "run")} before it`;
}

/** `Compared with main at 4f2a91c, and 9 runs before it: 3 newly failing, 1 fixed.` */
export function comparisonSentence(comparison: RunComparison): string {
  const counts = changeCounts(comparison).map(({ count, words }) => `${formatCount(count)} ${words}`);
  return `Compared with ${baseWords(comparison)}: ${counts.length === 0 ? "nothing is different" : counts.join(", ")}.`;
}

/** What else is to be said of the comparison, a sentence each. */
export function comparisonRemarks({ pace, unknown_files, notes }: RunComparison): string[] {
  return [
    ...(pace !== undefined && (pace >= 1.25 || pace <= 0.8)
      ? [`The run as a whole took ${pace.toFixed(2)} times as long as on the base: that is taken out of what is called slower.`]
      : []),
    ...(unknown_files > 0
      ? [`Of ${plural(unknown_files, "file")} not all is known: what is missing there is not called removed.`]
      : []),
    ...notes,
  ];
}

/** A test's name for people: its own, or that of the file. */
export function comparedName({ path, ordinal = 0, file, tests }: ComparedTest): string {
  if (path !== undefined) return caseName({ path: [...path], ordinal });
  return tests === undefined ? file : `${file} (${plural(tests, "test")})`;
}

/** `1.2 s, usually 0.4 s: 3.0 times as long` */
export function slowerWords({ duration_ms = 0, usual_ms = 0 }: ComparedTest): string {
  const times = usual_ms > 0 ? `: ${(duration_ms / usual_ms).toFixed(1)} times as long` : "";
  return `${formatDuration(duration_ms)}, usually ${formatDuration(usual_ms)}${times}`;
}
