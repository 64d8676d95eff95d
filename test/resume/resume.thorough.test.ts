import { readFileSync } from "node:fs";
import { join } from "node:path";
import { caseKey, type RunReport } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { startFleet } from "../cli/fleet.ts";
import { until } from "../processes.ts";
import { caseCount, checkout, eachOnce, stuckCase, untilStuck } from "./checkout.ts";

/** That the attempt which counts is the rest of an earlier one, and has each case once. */
function expectResumed({ verdict, account, cases, tasks }: RunReport, endings: readonly string[], from = 1): void {
  expect(verdict).toBe("passed");
  expect(account).toMatchObject({ discovered: 1, passed: 1, flaky: 0 });
  expect(cases).toMatchObject({ total: caseCount, passed: caseCount, flaky: 0 });
  const attempts = tasks[0]?.attempts ?? [];
  expect(attempts.map(({ status }) => status)).toEqual(endings);
  const last = attempts.at(-1);
  expect(last?.resumed).toEqual({ attempt: from, cases: stuckCase });
  expect(new Set(last?.cases.map(caseKey)).size).toBe(caseCount);
  expect(last?.cases).toHaveLength(caseCount);
}

test.for(["vitest", "pytest"] as const)(
  "what a worker had finished when it was killed is not run again (%s)",
  async (framework) => {
    const suite = checkout(framework);
    const fleet = await startFleet();
    onTestFinished(fleet.end);
    const first = await fleet.worker("one");
    const run = fleet.launch(["run", "--max-retries", "0"], { cwd: suite.folder });
    await untilStuck(suite, fleet);
    first.child.kill("SIGKILL");
    await fleet.worker("two");
    expect(await run.exited, run.output()).toBe(0);
    expect(suite.begun()).toEqual(eachOnce);
    expectResumed(suite.report(), ["lost", "passed"]);
    expect(readFileSync(join(suite.folder, "shardwright-report", "junit.xml"), "utf8").match(/<testcase /g)).toHaveLength(
      caseCount,
    );
  },
);

test("coordinator and command are killed with a worker half-way, and all of it goes on where it was", async () => {
  const suite = checkout("vitest");
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  const first = await fleet.worker("one");
  const command = ["run", "--max-retries", "0", "--no-speculation", "--run-key", "again"];
  const run = fleet.launch(command, { cwd: suite.folder });
  await untilStuck(suite, fleet);
  for (const { child } of [fleet.coordinator, run]) child.kill("SIGKILL");
  await Promise.all([fleet.coordinator.exited, run.exited]);
  first.child.kill("SIGKILL");
  await first.exited;
  await fleet.startAgain();
  await fleet.worker("two");
  const again = fleet.launch(command, { cwd: suite.folder });
  expect(await again.exited, again.output()).toBe(0);
  expect(suite.begun()).toEqual(eachOnce);
  expectResumed(suite.report(), ["lost", "passed"]);
});

test("a worker that lives through the death of coordinator and command keeps its lease, and nothing runs twice", async () => {
  const suite = checkout("vitest");
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  await fleet.worker("one");
  const command = ["run", "--max-retries", "0", "--no-speculation", "--run-key", "again"];
  const run = fleet.launch(command, { cwd: suite.folder });
  await untilStuck(suite, fleet);
  for (const { child } of [fleet.coordinator, run]) child.kill("SIGKILL");
  await Promise.all([fleet.coordinator.exited, run.exited]);
  await fleet.startAgain();
  const again = fleet.launch(command, { cwd: suite.folder });
  suite.write("go", "");
  expect(await again.exited, again.output()).toBe(0);
  expect(suite.begun()).toEqual(Array.from({ length: caseCount }, () => 1));
  const { tasks, cases } = suite.report();
  expect(cases.total).toBe(caseCount);
  expect(tasks[0]?.attempts.map(({ status, resumed }) => [status, resumed])).toEqual([["passed", undefined]]);
});

test.for(["vitest", "pytest"] as const)(
  "a worker that drains hands back what it cannot end, clears up, and another runs the rest (%s)",
  async (framework) => {
    const suite = checkout(framework);
    const fleet = await startFleet();
    onTestFinished(fleet.end);
    const first = await fleet.worker("one", { args: ["--drain-timeout", "1"] });
    const run = fleet.launch(["run", "--max-retries", "0"], { cwd: suite.folder });
    await untilStuck(suite, fleet);
    first.child.kill("SIGTERM");
    await first.exited;
    await fleet.worker("two");
    expect(await run.exited, run.output()).toBe(0);
    expect(suite.begun()).toEqual(eachOnce);
    expectResumed(suite.report(), ["released", "passed"]);
    // Both have cleared up what they had set up.
    expect(suite.cleared()).toBe(2);
  },
);

test("a worker that is slow is overtaken by another that runs the rest", async () => {
  const suite = checkout("vitest");
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  await fleet.worker("one");
  const run = fleet.launch(["run", "--max-retries", "0"], { cwd: suite.folder });
  await untilStuck(suite, fleet);
  await fleet.worker("two");
  expect(await run.exited, run.output()).toBe(0);
  expect(suite.begun()).toEqual(eachOnce);
  expectResumed(suite.report(), ["superseded", "passed"]);
  const pid = Number(readFileSync(join(suite.folder, "stuck"), "utf8"));
  await until("the end of what hung", async () => !isThere(pid));
});

test("what a worker that was frozen reports late is dropped, and no case counts twice", async () => {
  const suite = checkout("pytest");
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  const first = await fleet.worker("one");
  const run = fleet.launch(["run", "--max-retries", "0", "--no-speculation", "--run-key", "late"], { cwd: suite.folder });
  await untilStuck(suite, fleet);
  first.child.kill("SIGSTOP");
  await fleet.worker("two");
  // What it runs goes on without it.
  suite.write("go", "");
  await until("the end of what it ran", async () => suite.begun().every((count) => count > 0));
  await until("the rest elsewhere", async () => suite.begun().at(-1) === 2, 60_000);
  first.child.kill("SIGCONT");
  expect(await run.exited, run.output()).toBe(0);
  await until("its late word", async () => first.output().includes("lost"));
  expectResumed(suite.report(), ["lost", "passed"]);
  expect(suite.begun().slice(0, stuckCase)).toEqual(Array.from({ length: stuckCase }, () => 1));
});

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
