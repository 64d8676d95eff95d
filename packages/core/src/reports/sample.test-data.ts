import { accountFor, verdictFor } from "../model/account.ts";
import type { CaseResult } from "../model/case.ts";
import type { Failure } from "../model/attempt.ts";
import { countCases } from "./final-cases.ts";
import { reasonFor } from "./from-cases.ts";
import { reportVersion, type ReportAttempt, type ReportTask, type ReportWorker, type RunReport } from "./run-report.ts";
import { seeded } from "./seeded.test-data.ts";
import { sampleFaults, type SampleFault } from "./sample-faults.test-data.ts";

export interface SampleOptions {
  /** How many test files. */
  readonly files?: number;
  readonly cases_per_file?: number;
  readonly workers?: number;
  readonly slots_per_worker?: number;
  /** Without faults every task passes at once. */
  readonly faults?: boolean;
}

const areas = ["checkout", "cart", "billing", "accounts", "search", "catalogue", "shipping", "graph", "reports", "sessions"];
const subjects = ["invoice", "totals", "address", "tokens", "pagination", "ranking", "labels", "paths", "export", "limits"];
const deeds = [
  "rounds half up",
  "keeps the order",
  "rejects an empty value",
  "is idempotent",
  "survives a restart",
  "says what is missing",
];

/** What goes wrong in which file, by the file's number. */
const plan: ReadonlyMap<number, SampleFault> = new Map([
  ...[3, 11, 19, 27, 35, 43].map((file) => [file, "refused"] as const),
  ...[5, 25].map((file) => [file, "diff"] as const),
  ...[7, 37].map((file) => [file, "pytest"] as const),
  ...[14, 22, 30].map((file) => [file, "undefinedRead"] as const),
  [16, "timeout"],
]);
const flakyFiles = new Set([2, 21]);
const crashingFile = 33;
const skippedFile = 40;

/** A report as a real run leaves it: several causes, flaky tests, a crash, a worker that died on the way. The same every time. */
export function sampleReport(options: SampleOptions = {}): RunReport {
  const { files = 64, cases_per_file = 12, workers = 4, slots_per_worker = 2, faults = true } = options;
  const random = seeded(7);
  const lanes = Array.from({ length: workers * slots_per_worker }, (_, index) => ({
    worker: workerName(index % workers),
    free_ms: 180 + 40 * index,
    ends_ms: faults && workers > 1 && index % workers === 2 ? 5_000 : Number.POSITIVE_INFINITY,
  }));
  const run = (task: ReportTask, made: Omit<ReportAttempt, "attempt" | "worker" | "started_ms">): void => {
    const lane = lanes.filter((one) => one.free_ms < one.ends_ms).reduce((a, b) => (b.free_ms < a.free_ms ? b : a));
    const started_ms = Math.round(lane.free_ms);
    const place = { attempt: task.attempts.length + 1, worker: lane.worker, started_ms };
    if (started_ms + made.duration_ms > lane.ends_ms) {
      const failure: Failure = { kind: "infrastructure", message: `${lane.worker} fell silent` };
      const duration_ms = lane.ends_ms - started_ms;
      task.attempts.push({
        ...place,
        status: "lost",
        ended_ms: lane.ends_ms,
        duration_ms,
        failure,
        cases: made.cases.slice(0, 2),
      });
      lane.free_ms = Number.POSITIVE_INFINITY;
      run(task, made);
      return;
    }
    task.attempts.push({ ...place, ...made, ended_ms: started_ms + made.duration_ms });
    lane.free_ms = started_ms + made.duration_ms + 30;
  };
  const tasks = Array.from({ length: files }, (_, file) => sampleTask(file, { cases_per_file, faults, random, run }));
  return reportOf(tasks, lanes.length, sampleWorkers(workers, slots_per_worker, faults));
}

interface TaskContext {
  readonly cases_per_file: number;
  readonly faults: boolean;
  readonly random: () => number;
  readonly run: (task: ReportTask, made: Omit<ReportAttempt, "attempt" | "worker" | "started_ms">) => void;
}

function sampleTask(number: number, { cases_per_file, faults, random, run }: TaskContext): ReportTask {
  const area = areas[number % areas.length] ?? "area";
  const python = number % 10 === 7;
  const name = `${subjects[Math.floor(number / areas.length) % subjects.length]}${number >= 100 ? `-${number}` : ""}`;
  const file = python ? `services/${area}/tests/test_${name}.py` : `src/${area}/${name}.test.ts`;
  const suite = python ? "services" : "web";
  const duration_ms = Math.round(200 + 2600 * random() ** 3 + (number === 9 ? 9000 : 0));
  const fault = faults ? plan.get(number) : undefined;
  const log = `\u001b[1m RUN \u001b[22m ${file}\n\u001b[32m ✓\u001b[39m ${cases_per_file} tests collected\nwarming up 10%\rwarming up 100%\n`;
  const task: ReportTask = {
    key: `${suite}:${file}`,
    suite,
    runner: python ? "pytest" : "vitest",
    file,
    args: [],
    requirements: {},
    status: "passed",
    flaky: false,
    estimate_ms: Math.round(duration_ms * (0.7 + random() * 0.5)),
    attempts: [],
  };
  const passing = Array.from({ length: cases_per_file }, (_, index) =>
    sampleCase(area, name, index, duration_ms / cases_per_file),
  );
  if (faults && number === crashingFile) {
    const failure: Failure = { kind: "crash", message: "The test process was killed by SIGSEGV", signal: "SIGSEGV" };
    const crash = {
      status: "errored" as const,
      duration_ms: duration_ms / 2,
      failure,
      log: `${log}Segmentation fault (core dumped)\n`,
    };
    for (const kept of [1, 3]) run(task, { ...crash, cases: passing.slice(0, kept) });
    return { ...task, status: "errored" };
  }
  if (faults && number === skippedFile) {
    const cases = passing.map((result): CaseResult => ({ ...result, status: "skipped", message: "needs a GPU" }));
    run(task, { status: "skipped", duration_ms: 40, cases, log });
    return { ...task, status: "skipped" };
  }
  const failing = passing.map((result, index) =>
    fault !== undefined && index % 5 === 1 ? broken(result, fault, file, index) : result,
  );
  if (fault !== undefined) {
    const failure: Failure = { kind: "assertion", message: `${Math.ceil(cases_per_file / 5)} tests failed`, exit_code: 1 };
    const attempts = fault === "diff" ? 2 : 1;
    for (let attempt = 0; attempt < attempts; attempt += 1)
      run(task, { status: "failed", duration_ms, failure, cases: failing, log });
    return { ...task, status: "failed" };
  }
  if (faults && flakyFiles.has(number)) {
    const failure: Failure = { kind: "test-timeout", message: "1 test failed" };
    const cases = passing.map((result, index) => (index === 4 ? broken(result, "timeout", file, 4) : result));
    run(task, { status: "failed", duration_ms: duration_ms + 5000, failure, cases, log });
    run(task, { status: "passed", duration_ms, cases: passing, log });
    return { ...task, flaky: true };
  }
  run(task, { status: "passed", duration_ms, cases: passing, log });
  return task;
}

function sampleCase(area: string, name: string, index: number, duration_ms: number): CaseResult {
  const deed = deeds[index % deeds.length] ?? "works";
  const path = [area, name, index < deeds.length ? deed : `${deed} [${index}]`];
  return { path, ordinal: 0, status: "passed", duration_ms: Math.round(duration_ms * 10) / 10, retries: 0, line: 10 + index * 7 };
}

function broken(result: CaseResult, fault: SampleFault, file: string, n: number): CaseResult {
  return { ...result, ...sampleFaults[fault](file, n) };
}

function reportOf(tasks: ReportTask[], slots: number, workers: ReportWorker[]): RunReport {
  const attempts = tasks.flatMap((task) => task.attempts);
  const makespan_ms = attempts.reduce((most, attempt) => Math.max(most, attempt.ended_ms ?? 0), 0) + 120;
  const test_time_ms = attempts.reduce((sum, attempt) => sum + attempt.duration_ms, 0);
  const longest_ms = attempts.reduce((most, attempt) => Math.max(most, attempt.duration_ms), 0);
  const account = accountFor(tasks);
  const verdict = verdictFor(account, { cancelled: false, allowEmpty: false });
  const lost = workers.filter((worker) => worker.status === "lost");
  return {
    version: reportVersion,
    run: {
      id: "r-0123456789abcdef",
      key: "main-4f2a91c-1",
      project: "shop",
      manifest_hash: "ab".repeat(32),
      context: {
        provider: "GitHub Actions",
        commit: "4f2a91c0d7e8",
        branch: "faster-checkout",
        pull_request: "482",
        actor: "ada",
      },
      submitted_at_ms: Date.UTC(2026, 9, 14, 9, 12, 30),
      duration_ms: makespan_ms,
    },
    verdict,
    reason: reasonFor(verdict, account),
    account,
    cases: countCases(tasks),
    cost: { makespan_ms, ideal_ms: Math.max(longest_ms, test_time_ms / slots), test_time_ms, slots },
    notices: lost.map(({ name }) => ({
      at_ms: 8_000,
      code: "worker-lost",
      message: `${name} fell silent; what it ran was given to others.`,
    })),
    tasks,
    workers,
  };
}

function sampleWorkers(count: number, slots: number, faults: boolean): ReportWorker[] {
  return Array.from({ length: count }, (_, index) => ({
    name: workerName(index),
    slots,
    capabilities: {
      os: "linux",
      arch: "x64",
      cpu: 8,
      memory_mib: 32_768,
      tags: index === 0 ? ["cuda", "python"] : ["python"],
      details: { node: "24.21.0" },
    },
    status: faults && index === 2 ? "lost" : "live",
    reason: faults && index === 2 ? "no heartbeat for 3 s" : undefined,
  }));
}

function workerName(index: number): string {
  return `runner-${String(index + 1).padStart(2, "0")}`;
}
