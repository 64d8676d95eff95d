import type { CaseResult } from "../model/case.ts";
import { compareReports } from "./comparison.ts";
import { isBad } from "./final-cases.ts";
import type { ReportTask, RunReport } from "./run-report.ts";
import { sampleReport } from "./sample.test-data.ts";
import { seeded } from "./seeded.test-data.ts";

const runs = 9;

/** The sample as a run of a pull request, compared with nine runs on its base, with owners and what it takes to reproduce a failure. */
export function comparedSample(): RunReport {
  const head = told(sampleReport());
  const bases = Array.from({ length: runs }, (_, index) => baseRun(head, index));
  return { ...head, comparison: compareReports(bases, head, "base-branch") };
}

function told(report: RunReport): RunReport {
  const tasks = report.tasks.map((task, index): ReportTask => {
    const owners = task.file.includes("checkout")
      ? ["@shop/checkout"]
      : task.file.includes("accounts")
        ? ["@shop/identity", "ada@example.com"]
        : undefined;
    const slow =
      index === 12 ? timed(task, (result, place) => (place === 3 ? 9 * result.duration_ms : result.duration_ms)) : task;
    return { ...slow, ...(owners && { owners }) };
  });
  const suites = [
    { name: "web", runner: "vitest", directory: ".", options: {} },
    { name: "services", runner: "pytest", directory: ".", options: {} },
  ];
  const context = { ...report.run.context, base_branch: "main" };
  return { ...report, run: { ...report.run, context }, tasks: tasks.filter((_, index) => index !== 50), suites };
}

/** What is on the base: three files fail there too, one at times, one test was broken and is fixed, a file is gone since, one is new. */
function baseRun(head: RunReport, index: number): RunReport {
  const random = seeded(100 + index);
  const healthy = sampleReport({ faults: false }).tasks;
  const broken = new Map(head.tasks.map((task) => [task.key, task]));
  const tasks = healthy.flatMap((task, place): ReportTask[] => {
    if (place === 61) return [];
    const now = broken.get(task.key);
    const failsToo = [14, 22, 30].includes(place) || (place === 16 && index % 3 === 1);
    const kept = failsToo && now !== undefined ? now : task;
    const noisy = timed(kept, (result) => result.duration_ms * (1 + 0.1 * random()));
    return [place === 8 ? failing(noisy, 2) : noisy];
  });
  return {
    ...head,
    run: {
      ...head.run,
      id: `r-000000000000000${index}`,
      key: `main-${index}`,
      context: { branch: "main", commit: `${(0xabc123 - index).toString(16)}00` },
      submitted_at_ms: head.run.submitted_at_ms - (index + 1) * 3_600_000,
    },
    tasks,
  };
}

function timed(task: ReportTask, duration: (result: CaseResult, place: number) => number): ReportTask {
  const attempts = task.attempts.map((attempt) => ({
    ...attempt,
    cases: attempt.cases.map((result, place) => ({ ...result, duration_ms: Math.round(duration(result, place)) })),
  }));
  return { ...task, attempts };
}

function failing(task: ReportTask, place: number): ReportTask {
  const attempts = task.attempts.map((attempt) => ({
    ...attempt,
    status: "failed" as const,
    cases: attempt.cases.map((result, index) =>
      index === place && !isBad(result.status) ? { ...result, status: "failed" as const, message: "expected 1 to be 2" } : result,
    ),
  }));
  return { ...task, status: "failed", attempts };
}
