import { plainText } from "../model/plain-text.ts";
import { topPlace } from "../resilience/fingerprint.ts";
import { faultChanges, newsRank } from "./comparison-words.ts";
import { faultFingerprint, faultsOf, type Fault } from "./faults.ts";
import { firstLine, plural } from "./format.ts";
import type { RunReport } from "./run-report.ts";

/** Faults with, as far as can be told, one cause. */
export interface FailureGroup {
  /** The fingerprint that they have in common. */
  readonly fingerprint: string;
  /** The first line of the first fault's message. */
  readonly title: string;
  readonly kind: string;
  /** Where in the project's own code it happens, `src/store.ts:41`, when a stack says so. */
  readonly frame?: string | undefined;
  readonly faults: readonly Fault[];
  /** How many tasks it touches. */
  readonly tasks: number;
}

/**
 * Groups what went wrong by cause: same kind, same message but for what varies, same place. What is new against the base comes first, then
 * crashes, then the largest; in a group what is new.
 */
export function groupFailures(report: RunReport): FailureGroup[] {
  const changeOf = faultChanges(report);
  const news = (fault: Fault) => newsRank(changeOf(fault));
  const groups = new Map<string, Fault[]>();
  for (const fault of faultsOf(report)) {
    const fingerprint = faultFingerprint(fault).key;
    const faults = groups.get(fingerprint);
    if (faults === undefined) groups.set(fingerprint, [fault]);
    else faults.push(fault);
  }
  return [...groups]
    .map(([fingerprint, faults]) => {
      const ordered = report.comparison === undefined ? faults : faults.toSorted((a, b) => news(a) - news(b));
      const group = groupOf(fingerprint, ordered);
      const [first] = group.faults;
      return { group, rank: rank(group), news: first === undefined ? 1 : news(first) };
    })
    .sort(
      (a, b) =>
        Number(a.rank >= withoutResult) - Number(b.rank >= withoutResult) ||
        a.news - b.news ||
        a.rank - b.rank ||
        b.group.faults.length - a.group.faults.length,
    )
    .map(({ group }) => group);
}

function groupOf(fingerprint: string, faults: readonly Fault[]): FailureGroup {
  const [first] = faults;
  if (first === undefined) throw new RangeError("a group has at least one fault");
  return {
    fingerprint,
    ...describeFault(first),
    faults,
    tasks: new Set(faults.map((fault) => fault.task_index)).size,
  };
}

/** What a group of faults is called by its first one. */
export function describeFault({ kind, message, details, result, task }: Fault): Pick<FailureGroup, "title" | "kind" | "frame"> {
  // What happened outside of all cases has its stack in its message; its details are what the process printed.
  const frame = topPlace(result === undefined ? message : details, result?.file ?? task.file);
  return {
    title: firstLine(plainText(message)) || firstLine(plainText(details)) || "No message",
    kind,
    frame: frame === undefined ? undefined : `${shortPath(frame.file)}:${frame.line}`,
  };
}

/** The end of a path: workers keep their workspaces in different folders. */
function shortPath(path: string): string {
  return path.split("/").slice(-3).join("/");
}

/** The rank from which on there is merely no result. */
const withoutResult = 2;

/** What kept tests from running comes before what they found; what merely has no result comes last. */
function rank(group: FailureGroup): number {
  if (group.kind === "cancelled") return 3;
  if (group.kind === "incomplete") return 2;
  return group.faults.some((fault) => fault.result === undefined && fault.task.status === "errored") ? 0 : 1;
}

/** What failed and what has no result are two things: `3 failures of 2 causes, 77 tasks without a result`. */
export function groupsSentence(groups: readonly FailureGroup[]): string {
  const [bare, told] = [groups.filter(isWithoutResult), groups.filter((group) => !isWithoutResult(group))];
  const count = (some: readonly FailureGroup[]) => some.reduce((sum, { faults }) => sum + faults.length, 0);
  return [
    ...(told.length > 0 ? [`${plural(count(told), "failure")} of ${plural(told.length, "cause")}`] : []),
    ...(bare.length > 0 ? [`${plural(count(bare), "task")} without a result`] : []),
  ].join(", ");
}

/** Its tasks came to no end: nothing failed. */
export function isWithoutResult({ kind }: Pick<FailureGroup, "kind">): boolean {
  return kind === "cancelled" || kind === "incomplete";
}

const words: Readonly<Record<string, string>> = {
  assertion: "failed",
  "test-timeout": "timed out",
  crash: "crashed",
  "runner-error": "runner error",
  "setup-error": "setup error",
  "browser-crash": "browser crashed",
  unsatisfiable: "no worker fits",
  incomplete: "no result",
};

/** A fault's kind for people. */
export function kindWords(kind: string): string {
  return words[kind] ?? kind;
}
