import { accountFor, verdictFor } from "../model/account.ts";
import { countCases } from "./final-cases.ts";
import { reasonFor } from "./from-cases.ts";
import { reportVersion, type ReportAttempt, type ReportTask, type RunReport } from "./run-report.ts";

const workers = ["gpu-1", "gpu-2", "gpu-3", "gpu-4"];
const start_ms = Date.UTC(2026, 9, 14, 13, 58, 30);

export interface SickOptions {
  readonly tasks?: number;
  /** Whether what failed is run again, on another worker, and passes. */
  readonly again?: boolean;
  /** From this task on the third worker fails; for ever when absent. */
  readonly until?: number;
}

/** A run on four workers, one of which loses its GPU at 14:02: what runs there from then on fails, in the same way. One test is broken. */
export function sickWorkerReport({ tasks: count = 352, again = false, until = Infinity }: SickOptions = {}): RunReport {
  const tasks = Array.from({ length: count }, (_, number): ReportTask => {
    const worker = workers[number % 4] ?? "";
    const started_ms = 3000 * Math.floor(number / 4);
    const sick = worker === "gpu-3" && number >= count - 48 && number < until;
    const file = `tests/test_${number}.py`;
    const broken = number === 5;
    const first = attemptOf({ number: 1, worker, started_ms, message: sick ? lostGpu(number) : broken ? wrongSum : undefined });
    const second =
      again && sick
        ? attemptOf({ number: 2, worker: "gpu-1", started_ms: 300_000 + 10 * number, message: undefined })
        : undefined;
    const status = second?.status ?? first.status;
    return {
      key: `models:${file}`,
      suite: "models",
      runner: "pytest",
      file,
      args: [],
      requirements: {},
      status: status === "passed" ? "passed" : "failed",
      flaky: second !== undefined,
      attempts: second === undefined ? [first] : [first, second],
    };
  });
  const account = accountFor(tasks);
  const verdict = verdictFor(account, { cancelled: false, allowEmpty: false });
  const makespan_ms = 400_000;
  return {
    version: reportVersion,
    run: {
      id: "r-0123456789abcdef",
      key: "main-4f2a91c-1",
      project: "models",
      manifest_hash: "ab".repeat(32),
      context: { commit: "4f2a91c0d7e8", branch: "main" },
      submitted_at_ms: start_ms,
      duration_ms: makespan_ms,
    },
    verdict,
    reason: reasonFor(verdict, account),
    account,
    cases: countCases(tasks),
    cost: { makespan_ms, ideal_ms: 300_000, test_time_ms: 1_000_000, slots: 4 },
    notices: [],
    tasks,
    workers: workers.map((name) => ({
      name,
      slots: 1,
      capabilities: { os: "linux", arch: "x64", cpu: 8, memory_mib: 32_768, tags: ["cuda"], details: {} },
      status: "live",
    })),
  };
}

const wrongSum = "assert 3 == 4";

function lostGpu(number: number): string {
  return `RuntimeError: CUDA error: device-side assert triggered on device 0 after ${number * 7} ms`;
}

function attemptOf(options: {
  readonly number: number;
  readonly worker: string;
  readonly started_ms: number;
  readonly message: string | undefined;
}): ReportAttempt {
  const { number, worker, started_ms, message } = options;
  const details = `    def test_forward(model):\n>       model.run()\n\nmodels/device.py:31: in run\n    launch()\nE       ${message}\n\nmodels/device.py:88: RuntimeError`;
  return {
    attempt: number,
    worker,
    status: message === undefined ? "passed" : "failed",
    started_ms,
    ended_ms: started_ms + 2900,
    duration_ms: 2900,
    ...(message !== undefined && { failure: { kind: "assertion", message: "1 of 1 cases failed" } }),
    cases: [
      {
        path: ["test_forward"],
        ordinal: 0,
        status: message === undefined ? "passed" : "failed",
        duration_ms: 2800,
        retries: 0,
        ...(message !== undefined && { message, details: message === wrongSum ? "" : details }),
      },
    ],
  };
}
