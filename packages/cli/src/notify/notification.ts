import { publicationOf } from "@shardwright/ci";
import { accountSentence, faultsOf, plainText, type RunReport, type TrendAlert } from "@shardwright/core";
import { printableLine } from "../view/text.ts";
import type { Change } from "./change.ts";

/** Failing tests that are named; the others are counted. */
const namedAtMost = 10;
const lineLimit = 200;

/** What people are told of a run that is over. */
export interface Notification {
  /** One line: what, where, and how it ended. */
  readonly title: string;
  /** A few lines of plain text. */
  readonly text: string;
  /** Where there is more to see, if anywhere. */
  readonly url?: string | undefined;
  /** How it stands to the run before. */
  readonly change: Change;
  readonly failing: readonly FailingTest[];
  /** Failing tests beside those. */
  readonly unnamed: number;
  readonly report: RunReport;
  /** What it is about, where that is no run but a change of a trend. */
  readonly alert?: TrendAlert;
}

/** One line each. */
export interface FailingTest {
  readonly name: string;
  readonly file: string;
  readonly message: string;
  /** It did not fail in the run before, as far as that is known. */
  readonly isNew: boolean;
}

/** Tells people of a run, somewhere. */
export interface Notifier {
  /** Lower case and dashes; for people and for the log, so that it holds no address. */
  readonly name: string;
  /**
   * @param signal aborted when it takes too long; nobody waits for it then
   * @throws what kept it from being sent, in words that hold no secret
   */
  send(notification: Notification, signal: AbortSignal): Promise<void>;
}

/** Makes of a run what is told of it. @param newlyFailing keys of the tests that did not fail before, by `failingKeys` */
export function notificationOf(report: RunReport, change: Change, newlyFailing: ReadonlySet<string>): Notification {
  const { run } = report;
  const faults = faultsOf(report);
  const failing = faults
    .map((fault): FailingTest => ({
      name: line(fault.name),
      file: line(fault.result?.file ?? fault.task.file),
      message: line(fault.message),
      isNew: newlyFailing.has(faultKey(fault)),
    }))
    // What is new says most.
    .sort((a, b) => Number(b.isNew) - Number(a.isNew))
    .slice(0, namedAtMost);
  const unnamed = faults.length - failing.length;
  // Results from files have no project; their repository says more than its name for that.
  const subject = run.project === "default" ? (run.context.repository ?? run.project) : run.project;
  const where = [subject, run.context.branch]
    .filter((part) => part !== undefined)
    .map((part) => line(part))
    .join(", ");
  const share = run.share === undefined ? "" : ` (share ${run.share.index + 1} of ${run.share.total})`;
  const title = line(`${where}${share}: ${changeWords[change]}${publicationOf(report).title}`);
  const lines = [
    ...(change === "more" ? [`${newlyFailing.size} of them did not fail before.`] : []),
    ...(report.reason === "" ? [] : [line(report.reason)]),
    ...failing.map(({ name, file, message, isNew }) => `${isNew ? "new: " : ""}${name} (${file}): ${message}`),
    ...(unnamed > 0 ? [`and ${unnamed} more`] : []),
    accountSentence(report.account),
  ];
  return { title, text: lines.join("\n"), url: run.context.build_url, change, failing, unnamed, report };
}

const changeWords: Readonly<Record<Change, string>> = {
  broke: "",
  more: "",
  fixed: "fixed: ",
  red: "",
  green: "",
};

/** Names what fails in a run, so that two runs can be compared. */
export function failingKeys(report: RunReport): Set<string> {
  return new Set(faultsOf(report).map(faultKey));
}

function faultKey({ task, result }: ReturnType<typeof faultsOf>[number]): string {
  return JSON.stringify([task.suite, task.file, ...(result === undefined ? [] : [...result.path, result.ordinal])]);
}

function line(text: string): string {
  const first =
    plainText(text)
      .split("\n")
      .find((part) => part.trim() !== "") ?? "";
  const plain = printableLine(first.trim());
  return plain.length <= lineLimit ? plain : `${plain.slice(0, lineLimit - 1).toWellFormed()}…`;
}
