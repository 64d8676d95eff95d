import { cutBytes, cutCharacters, inGroups, publicationOf } from "@shardwright/ci";
import { type Account, type Annotation, type RunReport, type Verdict, plural } from "@shardwright/core";

/** https://docs.github.com/rest/checks/runs */
const annotationsPerRequest = 50;
const textLimit = 65_535;
const titleLimit = 255;
/** GitHub's 64 KB, with room for how JSON writes what is no letter. */
const messageLimit_bytes = 60_000;
/** Annotations of one check: each 50 are a request, of which all repositories together have some dozens a minute. */
const annotationsLimit = 500;

interface CheckAnnotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: Annotation["level"];
  readonly title: string;
  readonly message: string;
  readonly raw_details?: string;
}

interface CheckOutput {
  readonly title: string;
  readonly summary: string;
  readonly text?: string;
  readonly annotations?: readonly CheckAnnotation[];
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

const conclusions: Readonly<Record<Verdict, NonNullable<CheckUpdate["conclusion"]>>> = {
  passed: "success",
  failed: "failure",
  errored: "failure",
  // Not green, whatever the reason: not every test has a result.
  incomplete: "failure",
  cancelled: "cancelled",
};

/** How far a run is. */
export function progressOf(account: Account, cases: number): CheckUpdate {
  const { discovered, incomplete, failed, errored } = account;
  const done = discovered - incomplete;
  const bad = failed + errored;
  const title = `${done.toLocaleString("en-US")} of ${plural(discovered, "file")} done${bad === 0 ? "" : `, ${bad} failed`}`;
  return { status: "in_progress", output: { title, summary: `${plural(cases, "test")} so far.` } };
}

/**
 * What a run that is over has come to, one request after the other: each brings 50 annotations, the last one the conclusion, so that nobody sees
 * a check as complete that is not.
 * @param sent annotations that the check has already, of a coordinator that was interrupted: GitHub adds what comes to what is there
 * @param canRerun whether the coordinator could run again what has not passed
 */
export function completionOf(report: RunReport, { sent, canRerun, ended_at_ms }: Completion): CheckUpdate[] {
  const { title, sentence, markdown, annotations, verdict } = publicationOf(report);
  const shown = annotations.slice(0, annotationsLimit);
  const rest = annotations.length - shown.length;
  const more = rest === 0 ? "" : `\n\n${plural(rest, "more failure")}: the report has all of them.`;
  const output = {
    title: cutCharacters(title, titleLimit),
    summary: cutCharacters(`${sentence}${more}`, textLimit),
    text: cutCharacters(markdown({ bytes: textLimit }), textLimit),
  };
  const groups = inGroups(shown.slice(sent).map(checkAnnotation), annotationsPerRequest);
  const last = groups.pop();
  return [
    ...groups.map((annotations): CheckUpdate => ({ status: "in_progress", output: { ...output, annotations } })),
    {
      status: "completed",
      conclusion: conclusions[verdict],
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

function checkAnnotation({ path, line, level, title, message, details }: Annotation): CheckAnnotation {
  return {
    path,
    start_line: line,
    end_line: line,
    annotation_level: level,
    title: cutCharacters(title, titleLimit),
    message: cutBytes(message, messageLimit_bytes),
    ...(details !== "" && { raw_details: cutBytes(details, messageLimit_bytes) }),
  };
}
