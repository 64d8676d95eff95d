import type { RunReport } from "@shardwright/core";
import { sampleReport } from "../../../packages/core/src/reports/sample.test-data.ts";

/** A run of so many cases, twenty in a file, of which so many failed with long messages. */
export function manyCases(total: number, failed: number): RunReport {
  const base = sampleReport({ files: total / 20, cases_per_file: 20, faults: false });
  let left = failed;
  const tasks = base.tasks.map((task) => {
    const cases = task.attempts[0]?.cases.map((result) => {
      if (left <= 0) return result;
      left -= 1;
      return { ...result, status: "failed" as const, message: `no ${"m".repeat(3000)}`, details: `at ${"d".repeat(3000)}` };
    });
    const bad = cases?.some(({ status }) => status === "failed") === true;
    const status = bad ? ("failed" as const) : ("passed" as const);
    return { ...task, status, attempts: task.attempts.map((attempt) => ({ ...attempt, status, cases: cases ?? [], log: "" })) };
  });
  return { ...base, verdict: "failed", tasks };
}
