import {
  type CheckNote,
  checkConclusions,
  checkLimits,
  checkNote,
  cutCharacters,
  inGroups,
  publicationOf,
} from "@shardwright/ci";
import { type Account, type RunReport, escapeMarkdown, formatCount, plural } from "@shardwright/core";

interface CheckOutput {
  readonly title: string;
  readonly summary: string;
  readonly text?: string;
  readonly annotations?: readonly CheckNote[];
}

/** What a check run is told with one request. */
export interface CheckUpdate {
  readonly status?: "in_progress" | "completed";
  readonly conclusion?: "success" | "failure" | "cancelled";
  readonly completed_at?: string;
  readonly external_id?: string;
  readonly started_at?: string;
  readonly output: CheckOutput;
  readonly actions?: readonly { readonly label: string; readonly description: string; readonly identifier: string }[];
}

/** What the button sends back. */
export const rerunAction = "rerun-failed";
const rerunButton = { label: "Re-run failed", description: "Run again what has not passed", identifier: rerunAction };

/** How far a run is. */
export function progressOf(account: Account, cases: number): CheckUpdate {
  const { discovered, incomplete, failed, errored } = account;
  const done = discovered - incomplete;
  const bad = failed + errored;
  const title = `${formatCount(done)} of ${plural(discovered, "file")} done${bad === 0 ? "" : `, ${bad} failed`}`;
  return { status: "in_progress", output: { title, summary: `${plural(cases, "test")} so far.` } };
}

/** All tests of a run have passed, and what they covered is not known yet. */
export function joiningOf(account: Account): CheckUpdate {
  const title = `${plural(account.discovered, "file")} done: their coverage is being joined`;
  return { status: "in_progress", output: { title, summary: "The tests have passed. What they covered decides." } };
}

/**
 * What a run that is over has come to, one request after the other: each brings 50 annotations, the last one the conclusion, so that nobody sees
 * a check as complete that is not.
 * @param sent annotations that the check has already, of a coordinator that was interrupted: GitHub adds what comes to what is there
 * @param canRerun whether the coordinator could run again what has not passed
 */
export function completionOf(report: RunReport, { sent, canRerun, ended_at_ms }: Completion): CheckUpdate[] {
  const { title, sentence, markdown, annotations, verdict } = publicationOf(report);
  const shown = annotations.slice(0, checkLimits.annotations);
  const rest = annotations.length - shown.length;
  const more = rest === 0 ? "" : `\n\n${plural(rest, "more failure")}: the report has all of them.`;
  const output = {
    title: cutCharacters(title, checkLimits.title),
    summary: cutCharacters(`${escapeMarkdown(sentence)}${more}`, checkLimits.text),
    text: cutCharacters(markdown({ bytes: checkLimits.text }), checkLimits.text),
  };
  const groups = inGroups(
    shown.slice(sent).map((annotation) => checkNote(annotation, annotation.path)),
    checkLimits.annotationsPerRequest,
  );
  const last = groups.pop();
  return [
    ...groups.map((annotations): CheckUpdate => ({ status: "in_progress", output: { ...output, annotations } })),
    {
      status: "completed",
      conclusion: checkConclusions[verdict],
      completed_at: new Date(ended_at_ms).toISOString(),
      output: { ...output, ...(last !== undefined && { annotations: last }) },
      ...(canRerun && verdict !== "passed" && { actions: [rerunButton] }),
    },
  ];
}

export interface Completion {
  readonly sent: number;
  readonly canRerun: boolean;
  readonly ended_at_ms: number;
}
