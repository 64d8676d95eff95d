import { addsUp, caseKey, type RunReport } from "@shardwright/core";
import type { ChaosSuite } from "./suite.ts";

/** Compares what the run says with what is known of the suite. */
export function violationsOf(report: RunReport, suite: ChaosSuite, code: number | NodeJS.Signals): string[] {
  const violations: string[] = [];
  const expect = (holds: boolean, otherwise: string) => {
    if (!holds) violations.push(otherwise);
  };
  expect(addsUp(report.account), `the account does not add up: ${JSON.stringify(report.account)}`);
  expect(report.account.discovered === suite.files, `${report.account.discovered} discovered of ${suite.files}`);
  expect(report.account.failed === suite.failing.size, `${report.account.failed} failed, not ${suite.failing.size}`);
  expect(report.account.passed === suite.files - suite.failing.size, `${report.account.passed} passed`);
  expect(code === (suite.failing.size > 0 ? 1 : 0), `exit code ${code}`);
  for (const task of report.tasks) {
    const last = task.attempts.at(-1);
    const names = (last?.cases ?? []).map((result) => result.path.join(" > "));
    const known = suite.cases.get(task.file) ?? [];
    expect(
      JSON.stringify(names.toSorted()) === JSON.stringify(known.toSorted()),
      `${task.file} reports ${names.join(", ")} for ${known.join(", ")}`,
    );
    for (const attempt of task.attempts) {
      const keys = attempt.cases.map(caseKey);
      expect(new Set(keys).size === keys.length, `${task.file} attempt ${attempt.attempt} has a case twice`);
    }
    const numbers = task.attempts.map((attempt) => attempt.attempt);
    expect(new Set(numbers).size === numbers.length, `${task.file} has an attempt twice`);
  }
  return violations;
}
