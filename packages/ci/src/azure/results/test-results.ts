import { createHash } from "node:crypto";
import {
  caseKey,
  caseName,
  earlierTries,
  failedBefore,
  faultsOf,
  finalAttempts,
  isBad,
  isFlakyCase,
  plainText,
  plural,
  type Fault,
  type ReportAttempt,
  type ReportCase,
  type ReportTask,
  type RunReport,
} from "@shardwright/core";
import { cutCharacters } from "../../publishing/cut.ts";
import { attemptOutcome, caseOutcome, faultOutcome, wholeOutcome, type Outcome } from "./outcomes.ts";

/** Documented for `stackTrace` and `comment`. */
const textLimit = 1000;
/** Not documented: what the page shows without a button. */
const messageLimit = 4000;
/** The columns of the service's own database. */
const nameLimit = 256;
/** So many attempts are shown below one result: the first ones and the last. */
const attemptLimit = 100;

/** A result as the service takes it: `TestCaseResult` of its specification. */
interface TestResult {
  readonly testCaseTitle: string;
  readonly automatedTestName: string;
  readonly automatedTestStorage: string;
  readonly automatedTestType: string;
  readonly outcome: Outcome;
  readonly state: "Completed";
  readonly durationInMs: number;
  readonly computerName?: string;
  readonly errorMessage?: string;
  readonly stackTrace?: string;
  readonly comment?: string;
  readonly customFields?: readonly CustomField[];
  readonly resultGroupType?: "rerun";
  readonly subResults?: readonly SubResult[];
}

interface CustomField {
  readonly fieldName: "AttemptId" | "IsTestResultFlaky";
  readonly value: number | boolean;
}

interface SubResult {
  readonly displayName: string;
  readonly sequenceId: number;
  readonly outcome: Outcome;
  readonly durationInMs: number;
  readonly computerName: string;
  readonly errorMessage?: string;
  readonly stackTrace?: string;
  readonly customFields: readonly CustomField[];
}

/** A result, and where in the report it comes from. */
export interface Reported {
  readonly result: TestResult;
  readonly task: ReportTask;
  /** The attempt that counts. */
  readonly attempt?: ReportAttempt | undefined;
  /** All that is known of a failure, where the result could not hold it. */
  readonly whole?: string;
}

/** Every case of a run, and every file that has a trouble of its own; those that failed come first. */
export function testResults(report: RunReport): Reported[] {
  const troubled = Map.groupBy(
    faultsOf(report).filter(({ result }) => result === undefined),
    ({ task_index }) => task_index,
  );
  // Files of different suites may bear one name, and have a history each.
  const hasSuites = new Set(report.tasks.map(({ suite }) => suite)).size > 1;
  const shown = report.tasks.flatMap((task, index) => {
    const storage = hasSuites ? `${task.suite}: ${task.file}` : task.file;
    const before = failedBefore(task);
    const tries = earlierTries(task);
    const cases = finalAttempts(task).flatMap((attempt) =>
      attempt.cases.map((result) => ofCase({ task, attempt, result, storage, before, tries })),
    );
    return [...(troubled.get(index) ?? []).map((fault) => ofFault(fault, storage)), ...cases];
  });
  const rank = ({ result: { outcome } }: Reported) => (outcome === "Failed" || outcome === "Aborted" ? 0 : 1);
  return shown.toSorted((a, b) => rank(a) - rank(b));
}

interface CaseOf {
  readonly task: ReportTask;
  readonly attempt: ReportAttempt;
  readonly result: ReportCase;
  readonly storage: string;
  readonly before: ReadonlySet<string>;
  readonly tries: readonly ReportAttempt[];
}

function ofCase({ task, attempt, result, storage, before, tries }: CaseOf): Reported {
  const flaky = isFlakyCase(result, before);
  const key = caseKey(result);
  const earlier = tries.flatMap((each) => each.cases.filter((one) => caseKey(one) === key).map((one) => ({ each, one })));
  // An attempt that was lost to its machine tells nothing of a case that passed in it as well.
  const isRerun = earlier.some(({ one }) => isBad(one.status));
  const told = textsOf(result);
  const name = caseName(result);
  return {
    task,
    attempt,
    ...(told.whole !== undefined && { whole: told.whole }),
    result: {
      testCaseTitle: shortened(name),
      automatedTestName: shortened(name),
      automatedTestStorage: shortened(storage),
      automatedTestType: task.runner,
      outcome: caseOutcome(result),
      state: "Completed",
      durationInMs: result.duration_ms,
      computerName: attempt.worker,
      ...told.fields,
      ...commentOf(result),
      ...(flaky && { customFields: [{ fieldName: "IsTestResultFlaky", value: true }] }),
      ...(isRerun && {
        resultGroupType: "rerun",
        subResults: bothEnds([...earlier, { each: attempt, one: result }]).map(({ each, one }, index) => ({
          ...subResult(each, index, attemptOutcome(one, each), one.duration_ms),
          ...textsOf(one).fields,
        })),
      }),
    },
  };
}

function ofFault(fault: Fault, storage: string): Reported {
  const { task, attempt, kind, message, details } = fault;
  const tries = attempt === undefined ? [] : [...earlierTries(task), attempt];
  const told = textsOf({ status: "errored", message: `${kind}: ${plainText(message)}`, details });
  return {
    task,
    attempt,
    ...(told.whole !== undefined && { whole: told.whole }),
    result: {
      testCaseTitle: shortened(task.file),
      automatedTestName: shortened(task.file),
      automatedTestStorage: shortened(storage),
      automatedTestType: task.runner,
      outcome: faultOutcome(fault),
      state: "Completed",
      durationInMs: attempt?.duration_ms ?? 0,
      ...(attempt && { computerName: attempt.worker }),
      ...told.fields,
      ...(tries.length > 1 && {
        resultGroupType: "rerun",
        subResults: bothEnds(tries).map((each, index) => ({
          ...subResult(each, index, wholeOutcome(each), each.duration_ms),
          ...(each.failure && { errorMessage: cutCharacters(plainText(each.failure.message), messageLimit) }),
        })),
      }),
    },
  };
}

function subResult({ attempt, worker }: ReportAttempt, index: number, outcome: Outcome, duration_ms: number): SubResult {
  return {
    displayName: `Attempt ${attempt}`,
    sequenceId: index + 1,
    outcome,
    // A whole number here, unlike a result's.
    durationInMs: Math.round(duration_ms),
    computerName: worker,
    customFields: [{ fieldName: "AttemptId", value: attempt }],
  };
}

interface Texts {
  readonly fields: { readonly errorMessage?: string; readonly stackTrace?: string };
  readonly whole?: string;
}

function textsOf({ status, message = "", details = "" }: Pick<ReportCase, "status" | "message" | "details">): Texts {
  const said = plainText(message).trim();
  const trace = plainText(details).trim();
  if (!isBad(status)) return { fields: said === "" ? {} : { errorMessage: cutCharacters(said, messageLimit) } };
  const fields = {
    errorMessage: cutCharacters(said || trace || "No message", messageLimit),
    ...(trace !== "" && { stackTrace: cutCharacters(trace, textLimit) }),
  };
  const isCut = said.length > messageLimit || trace.length > textLimit;
  return { fields, ...(isCut && { whole: [said, trace].filter(Boolean).join("\n\n") }) };
}

function commentOf({ retries, quarantined, repeated, note }: ReportCase): { comment?: string } {
  const said = [
    ...(quarantined === undefined ? [] : [`In quarantine, and does not count: ${quarantined}`]),
    ...(retries > 0 ? [`Run again ${plural(retries, "time")} by its framework`] : []),
    ...(repeated === undefined ? [] : [`New: repeated ${plural(repeated.of, "time")}, failed ${repeated.failed} of them`]),
    ...(note === undefined ? [] : [note]),
  ];
  return said.length === 0 ? {} : { comment: cutCharacters(said.join("; "), textLimit) };
}

function bothEnds<T>(attempts: readonly T[]): readonly T[] {
  if (attempts.length <= attemptLimit) return attempts;
  return [...attempts.slice(0, attemptLimit / 2), ...attempts.slice(-attemptLimit / 2)];
}

/** Fits, and stays another name than others with the same beginning. */
function shortened(name: string): string {
  const line = name.toWellFormed().replaceAll(/\s+/g, " ").trim() || "unnamed";
  if (line.length <= nameLimit) return line;
  const digest = createHash("sha256").update(line).digest("hex").slice(0, 8);
  return `${cutCharacters(line, nameLimit - digest.length - 1)}~${digest}`;
}
