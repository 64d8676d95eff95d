import { caseName, type CaseResult } from "../model/case.ts";
import { plainText } from "./ansi.ts";
import { finalAttempt, finalAttempts, isBad } from "./final-cases.ts";
import { firstLine } from "./format.ts";
import { normaliseMessage } from "./normalise.ts";
import type { ReportAttempt, ReportTask, RunReport } from "./run-report.ts";
import { topOwnFrame } from "./stack.ts";

const stackRead = 32_768;
const logRead = 8192;
const logLines = 15;

/** One thing that went wrong: a case, or a task as a whole when no case is to blame. */
export interface Fault {
  readonly task: ReportTask;
  /** Place of the task in the report. */
  readonly task_index: number;
  /** The attempt that counts; absent for a task that never ran. */
  readonly attempt?: ReportAttempt | undefined;
  readonly result?: CaseResult | undefined;
  /** Place of the case in that attempt. */
  readonly case_index?: number | undefined;
  /** For people: the case's name, or the file. */
  readonly name: string;
  /** A failure kind of the model, or the task's status when nothing ran. */
  readonly kind: string;
  readonly message: string;
  readonly details: string;
}

/** Faults with, as far as can be told, one cause. */
export interface FailureGroup {
  readonly signature: string;
  /** The first line of the first fault's message. */
  readonly title: string;
  readonly kind: string;
  /** Where in the project's own code it happens, `src/store.ts:41`, when a stack says so. */
  readonly frame?: string | undefined;
  readonly faults: readonly Fault[];
  /** How many tasks it touches. */
  readonly tasks: number;
}

/** All that went wrong, in the report's order. */
export function faultsOf(report: RunReport): Fault[] {
  return report.tasks.flatMap((task, index) => faultsOfTask(task, index));
}

/** Groups what went wrong by cause: same kind, same message but for what varies, same place. Crashes come first, then the largest. */
export function groupFailures(report: RunReport): FailureGroup[] {
  const groups = new Map<string, Fault[]>();
  for (const fault of faultsOf(report)) {
    const signature = signatureOf(fault);
    const faults = groups.get(signature);
    if (faults === undefined) groups.set(signature, [fault]);
    else faults.push(fault);
  }
  return [...groups]
    .map(([signature, faults]) => groupOf(signature, faults))
    .sort((a, b) => rank(a) - rank(b) || b.faults.length - a.faults.length);
}

function groupOf(signature: string, faults: readonly Fault[]): FailureGroup {
  const [first] = faults;
  if (first === undefined) throw new RangeError("a group has at least one fault");
  const frame = first.result === undefined ? undefined : topOwnFrame(plainText(first.details.slice(0, stackRead)));
  const title = firstLine(plainText(first.message)) || firstLine(plainText(first.details)) || "No message";
  return {
    signature,
    title,
    kind: first.kind,
    frame: frame === undefined ? undefined : `${shortPath(frame.file)}:${frame.line}`,
    faults,
    tasks: new Set(faults.map((fault) => fault.task_index)).size,
  };
}

function faultsOfTask(task: ReportTask, task_index: number): Fault[] {
  if (task.status === "passed" || task.status === "skipped") return [];
  const attempt = finalAttempt(task);
  let place = 0;
  const faults = finalAttempts(task).flatMap((own) =>
    own.cases.flatMap((result): Fault[] => {
      const case_index = place++;
      return isBad(result.status) ? [caseFault(task, task_index, own, result, case_index)] : [];
    }),
  );
  const { failure } = attempt ?? {};
  // A failed assertion is the cases' own story; a crash, or a task without an end, is one more.
  const told = faults.length > 0 && isBad(task.status) && !isItsOwnStory(failure?.kind);
  if (!told) faults.push(taskFault(task, task_index, attempt));
  return faults;
}

function isItsOwnStory(kind: string | undefined): boolean {
  return kind !== undefined && kind !== "assertion" && kind !== "test-timeout";
}

function caseFault(
  task: ReportTask,
  task_index: number,
  attempt: ReportAttempt | undefined,
  result: CaseResult,
  case_index: number,
): Fault {
  const message = result.message ?? firstLine(plainText(result.details ?? ""));
  const details = result.details ?? "";
  const timed_out = /\btime[d ]?-?\s?out\b/i.test(message.slice(0, 400));
  const kind = timed_out ? "test-timeout" : result.status === "errored" ? "setup-error" : "assertion";
  return { task, task_index, attempt, result, case_index, name: caseName(result), kind, message, details };
}

function taskFault(task: ReportTask, task_index: number, attempt: ReportAttempt | undefined): Fault {
  const over = task.status === "incomplete" || task.status === "cancelled";
  const said = over ? (task.reason ?? attempt?.failure?.message) : (attempt?.failure?.message ?? task.reason);
  const kind = over ? task.status : (attempt?.failure?.kind ?? task.status);
  // What a process printed last is the best there is to explain its end.
  const details = plainText((attempt?.log ?? "").slice(-logRead))
    .trimEnd()
    .split("\n")
    .slice(-logLines)
    .join("\n");
  return { task, task_index, attempt, name: task.file, kind, message: said ?? `The task ended as ${task.status}.`, details };
}

function signatureOf(fault: Fault): string {
  const message = normaliseMessage(fault.message);
  return JSON.stringify([fault.kind, message, placeOf(fault, message)]);
}

/**
 * The place that tells two causes with one message apart. A frame in the test's own file says where it was noticed, not what broke:
 * it counts only for assertions, whose messages ("expected 3 to be 4") say too little to join the files they stand in.
 */
function placeOf(fault: Fault, message: string): string {
  // A log says nothing certain of the place.
  if (fault.result === undefined) return "";
  const frame = topOwnFrame(plainText(fault.details.slice(0, stackRead)));
  const file = fault.result.file ?? fault.task.file;
  const vague = /assert|expect/i.test(message);
  if (frame === undefined || samePath(frame.file, file)) return vague ? file : "";
  return `${shortPath(frame.file)} ${frame.name ?? ""}`;
}

function samePath(frame: string, file: string): boolean {
  return frame === file || frame.endsWith(`/${file}`) || file.endsWith(`/${frame}`);
}

/** The end of a path: workers keep their workspaces in different folders. */
function shortPath(path: string): string {
  return path.split("/").slice(-3).join("/");
}

/** What kept tests from running comes before what they found; what merely has no result comes last. */
function rank(group: FailureGroup): number {
  if (group.kind === "cancelled") return 3;
  if (group.kind === "incomplete") return 2;
  return group.faults.some((fault) => fault.result === undefined && fault.task.status === "errored") ? 0 : 1;
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
