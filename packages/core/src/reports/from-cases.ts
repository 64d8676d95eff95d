import { accountFor, verdictFor, type Account } from "../model/account.ts";
import type { CaseResult } from "../model/case.ts";
import type { RunContext, Verdict } from "../model/run.ts";
import { countCases, isBad } from "./final-cases.ts";
import { formatCount } from "../model/count.ts";
import { plural } from "./format.ts";
import { reportVersion, type ReportTask, type RunReport } from "./run-report.ts";

/** One file's results, wherever they come from. */
export interface FileCases {
  /** The file, or whatever name the source gives the group. */
  readonly file: string;
  readonly cases: readonly CaseResult[];
  /** Name of the suite; the report's own name when absent. */
  readonly suite?: string | undefined;
  /** Wall time; the sum of its cases when absent. */
  readonly duration_ms?: number | undefined;
  /** Since the start of the run, when the source says so. */
  readonly started_ms?: number | undefined;
  /** The machine that ran it. */
  readonly worker?: string | undefined;
  readonly log?: string | undefined;
}

export interface CasesInput {
  readonly name: string;
  readonly files: readonly FileCases[];
  /** What produced the results: `junit`, or a framework's name. */
  readonly runner?: string | undefined;
  /** When the run began, milliseconds since 1970. */
  readonly submitted_at_ms?: number | undefined;
  /** From start to end; the sum of the files when absent. */
  readonly duration_ms?: number | undefined;
  readonly context?: RunContext | undefined;
  /** Whether no files at all is right. */
  readonly allow_empty?: boolean | undefined;
}

/** Builds a report out of bare cases: one task for each file, one attempt for each task, no workers. */
export function reportFromCases(input: CasesInput): RunReport {
  const uses = new Map<string, number>();
  const tasks = input.files.map((file) => taskOf(input, file, uses));
  const account = accountFor(tasks);
  const durations = tasks.map((task) => task.attempts[0]?.duration_ms ?? 0);
  const test_time_ms = durations.reduce((sum, duration) => sum + duration, 0);
  const makespan_ms = input.duration_ms ?? test_time_ms;
  const verdict = verdictFor(account, { cancelled: false, allowEmpty: input.allow_empty ?? false });
  return {
    version: reportVersion,
    run: {
      id: input.name,
      key: input.name,
      project: "default",
      manifest_hash: "",
      context: input.context ?? {},
      submitted_at_ms: input.submitted_at_ms ?? 0,
      duration_ms: makespan_ms,
    },
    verdict,
    reason: reasonFor(verdict, account),
    account,
    cases: countCases(tasks),
    cost: { makespan_ms, ideal_ms: durations.reduce((most, duration) => Math.max(most, duration), 0), test_time_ms, slots: 0 },
    notices: [],
    tasks,
    workers: [],
  };
}

/** A verdict in one sentence, from the account alone. */
export function reasonFor(verdict: Verdict, account: Account): string {
  const of = (count: number) => `${formatCount(count)} of ${plural(account.discovered, "task")}`;
  if (account.discovered === 0) return verdict === "passed" ? "There was nothing to run." : "No tests were found.";
  switch (verdict) {
    case "passed":
      return account.flaky > 0
        ? `All ${plural(account.discovered, "task")} passed, ${formatCount(account.flaky)} only when tried again.`
        : `All ${plural(account.discovered, "task")} passed.`;
    case "failed":
      return `${of(account.failed)} failed.`;
    case "errored":
      return `${of(account.errored)} could not be run to an end.`;
    case "incomplete":
      return `${of(account.incomplete)} have no result.`;
    case "cancelled":
      return "The run was cancelled.";
  }
}

function taskOf(input: CasesInput, file: FileCases, uses: Map<string, number>): ReportTask {
  const suite = file.suite ?? input.name;
  const base = `${suite}:${file.file}`;
  const use = (uses.get(base) ?? 0) + 1;
  uses.set(base, use);
  const status = statusOf(file.cases);
  const duration_ms = file.duration_ms ?? file.cases.reduce((sum, result) => sum + result.duration_ms, 0);
  const started_ms = file.started_ms ?? 0;
  return {
    key: use === 1 ? base : `${base}#${use}`,
    suite,
    runner: input.runner ?? "junit",
    file: file.file,
    args: [],
    requirements: {},
    status,
    flaky: status === "passed" && file.cases.some((result) => result.status === "passed" && result.retries > 0),
    reason: file.cases.length === 0 ? "It holds no cases." : undefined,
    attempts: [
      {
        attempt: 1,
        worker: file.worker ?? "unknown",
        status,
        started_ms,
        ended_ms: started_ms + duration_ms,
        duration_ms,
        cases: [...file.cases],
        log: file.log,
      },
    ],
  };
}

function statusOf(cases: readonly CaseResult[]): "passed" | "failed" | "errored" | "skipped" {
  const bad = cases.filter((result) => isBad(result.status));
  if (bad.some((result) => result.status === "errored")) return "errored";
  if (bad.length > 0) return "failed";
  return cases.some((result) => result.status === "passed") ? "passed" : "skipped";
}
