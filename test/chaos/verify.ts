import { addsUp, caseKey, type RunReport } from "@shardwright/core";
import type { ChaosSuite } from "./suite.ts";

/** What a fault may make of a run, beside what is known of its suite. */
export interface Allowance {
  /** Files that passed only when they were run again. */
  readonly flaky?: ReadonlySet<string> | "any";
  /** Files that could not be run. */
  readonly errored?: ReadonlySet<string>;
}

/** Compares what the run says with what is known of the suite. */
export function violationsOf(
  report: RunReport,
  suite: ChaosSuite,
  code: number | NodeJS.Signals,
  { flaky = new Set(), errored = new Set() }: Allowance = {},
): string[] {
  const violations: string[] = [];
  const expect = (holds: boolean, otherwise: string) => {
    if (!holds) violations.push(otherwise);
  };
  expect(addsUp(report.account), `the account does not add up: ${JSON.stringify(report.account)}`);
  expect(report.account.discovered === suite.files, `${report.account.discovered} discovered of ${suite.files}`);
  const { account } = report;
  const failing = new Set([...suite.failing].filter((file) => !errored.has(file)));
  expect(account.failed === failing.size, `${account.failed} failed, not ${failing.size}`);
  expect(account.errored === errored.size, `${account.errored} errored, not ${errored.size}`);
  const passed = suite.files - failing.size - errored.size;
  expect(account.passed + account.flaky === passed, `${account.passed} passed and ${account.flaky} flaky, not ${passed}`);
  for (const task of report.tasks)
    expect(!task.flaky || flaky === "any" || flaky.has(task.file), `${task.file} is called flaky, and was never in doubt`);
  expect(code === (errored.size > 0 ? 3 : failing.size > 0 ? 1 : 0), `exit code ${code}`);
  for (const task of report.tasks) {
    if (errored.has(task.file)) continue;
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
