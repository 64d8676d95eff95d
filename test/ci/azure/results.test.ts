import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finalCases, isBad, type RunReport } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { sampleReport } from "../../../packages/core/src/reports/sample.test-data.ts";
import { startJob, type Job } from "./job.ts";
import { manyCases } from "./many-cases.ts";
import type { Json, TestRun } from "./store.ts";

const job = async (...options: Parameters<typeof startJob>): Promise<Job> => {
  const started = await startJob(...options);
  onTestFinished(started.close);
  return started;
};
const runsOf = ({ azure }: Job) => [...azure.store.runs.values()];
const onlyRun = (started: Job): TestRun => {
  const [run, ...others] = runsOf(started);
  expect(others).toEqual([]);
  return run as TestRun;
};
const outcomes = ({ results }: TestRun) => {
  const counts: Record<string, number> = {};
  for (const { outcome } of results) counts[String(outcome)] = (counts[String(outcome)] ?? 0) + 1;
  return counts;
};
const named = ({ results }: TestRun, title: string): Json & { subResults?: Json[] } =>
  results.find(({ testCaseTitle }) => testCaseTitle === title) ?? {};

test("a run is one test run of the build, and every case one result of it", async () => {
  const started = await job();
  const report = sampleReport();
  const [published] = await started.publish(report, ["results"]);
  expect(published).toMatchObject({ outcome: "done" });
  expect(started.azure.violations).toEqual([]);
  const run = onlyRun(started);
  expect(run).toMatchObject({
    name: "Shardwright",
    state: "Completed",
    automated: true,
    build: { id: "7" },
    pipelineReference: {
      pipelineId: 7,
      stageReference: { stageName: "tests", attempt: 1 },
      phaseReference: { phaseName: "unit", attempt: 1 },
    },
    errorMessage: expect.stringContaining("discovered =") as string,
  });
  const { failed, errored, passed, skipped } = report.cases;
  // The file whose process crashed is a result of its own.
  expect(outcomes(run)).toEqual({ Failed: failed + errored, Aborted: 1, Passed: passed, NotExecuted: skipped });
  // Those that failed come first.
  const order = run.results.map(({ outcome }) => outcome === "Failed" || outcome === "Aborted");
  expect(order).toEqual(order.toSorted((a, b) => Number(b) - Number(a)));
});

test("attempts stand below their result, and what is flaky is said to be", async () => {
  const started = await job();
  const report = sampleReport();
  await started.publish(report, ["results"]);
  const run = onlyRun(started);
  const flaky = run.results.filter(({ customFields }) => JSON.stringify(customFields ?? "").includes("IsTestResultFlaky"));
  expect(flaky).toHaveLength(report.cases.flaky);
  // The first attempt was lost with its machine before it came to this case.
  expect(flaky[0]).toMatchObject({
    outcome: "Passed",
    resultGroupType: "rerun",
    subResults: [
      { displayName: "Attempt 2", sequenceId: 1, outcome: "Timeout", customFields: [{ fieldName: "AttemptId", value: 2 }] },
      { displayName: "Attempt 3", sequenceId: 2, outcome: "Passed", customFields: [{ fieldName: "AttemptId", value: 3 }] },
    ],
  });
  const twice = report.tasks.find(({ attempts }) => attempts.length === 2 && attempts.every(({ status }) => status === "failed"));
  const bad = twice && finalCases(twice).find(({ status }) => isBad(status));
  expect(named(run, bad?.path.join(" > ") ?? "")).toMatchObject({
    outcome: "Failed",
    subResults: [{ outcome: "Failed" }, { outcome: "Failed" }],
  });
  // What passed in the attempt that counts, and was not to blame for the other one, has no history.
  expect(run.results.filter(({ outcome, subResults }) => outcome === "Passed" && subResults !== undefined)).toHaveLength(
    report.cases.flaky,
  );
  const crashed = report.tasks.find(({ status }) => status === "errored");
  expect(named(run, crashed?.file ?? "")).toMatchObject({
    outcome: "Aborted",
    errorMessage: "crash: The test process was killed by SIGSEGV",
    subResults: [{ outcome: "Error" }, { outcome: "Error" }],
  });
});

test("a case in quarantine, and a cancelled run, are shown as what they are", async () => {
  const started = await job();
  const base = sampleReport({ files: 4 });
  const tasks = base.tasks.map((task, index) => ({
    ...task,
    ...(index === 3 && { quarantined: true as const }),
    attempts: task.attempts.map((attempt) => ({
      ...attempt,
      cases: attempt.cases.map((result) => (index === 3 && isBad(result.status) ? { ...result, quarantined: "q" } : result)),
    })),
  }));
  await started.publish({ ...base, tasks, verdict: "passed" }, ["results"]);
  expect(outcomes(onlyRun(started))).not.toHaveProperty("Failed");
  expect(outcomes(onlyRun(started)).Inconclusive).toBeGreaterThan(0);

  const cancelled = await job();
  await cancelled.publish({ ...base, verdict: "cancelled" }, ["results"]);
  expect(cancelled.azure.violations).toEqual([]);
  expect(onlyRun(cancelled)).toMatchObject({ state: "Aborted", substate: "canceledByUser" });
});

test("texts are cut to what the service keeps, and the whole of them attached", async () => {
  const started = await job();
  const report = sampleReport({ files: 4 });
  const long = (text: string) => `${text} ${"x".repeat(20_000)}`;
  const withLongTexts: RunReport = {
    ...report,
    tasks: report.tasks.map((task) => ({
      ...task,
      attempts: task.attempts.map((attempt) => ({
        ...attempt,
        cases: attempt.cases.map((result) =>
          isBad(result.status)
            ? { ...result, path: [long("name"), String(result.line)], message: long("why"), details: long("at line 3") }
            : result,
        ),
      })),
    })),
  };
  await started.publish(withLongTexts, ["results"]);
  expect(started.azure.violations).toEqual([]);
  const failed = onlyRun(started).results.filter(({ outcome }) => outcome === "Failed");
  expect(new Set(failed.map(({ automatedTestName }) => automatedTestName)).size).toBe(failed.length);
  for (const { automatedTestName, errorMessage, stackTrace, attachments } of failed) {
    expect(String(automatedTestName).length).toBeLessThanOrEqual(256);
    expect([errorMessage, stackTrace].map((text) => String(text).length)).toEqual([4000, 1000]);
    expect(attachments[0]?.content.toString()).toBe(`${long("why")}\n\n${long("at line 3")}`);
  }
});

test("logs and artifacts are attached to the failures, and the reports to the run; a limit is told", async () => {
  const folder = mkdtempSync(join(tmpdir(), "azure-report-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "artifacts", "a"), { recursive: true });
  writeFileSync(join(folder, "artifacts", "a", "page.png"), "picture");
  writeFileSync(join(folder, "report.html"), "<p>report");
  const started = await job({}, { outputDir: folder });
  const report = sampleReport();
  const artifact = { name: "shots/page: 1.png", sha256: "a".repeat(64), bytes: 7, path: "artifacts/a/page.png" };
  const gone = { ...artifact, name: "gone.txt", path: "artifacts/gone.txt" };
  const tasks = report.tasks.map((task) => ({
    ...task,
    attempts: task.attempts.map((attempt) => ({ ...attempt, artifacts: [artifact, gone] })),
  }));
  const [published] = await started.publish({ ...report, tasks }, ["results"]);
  const run = onlyRun(started);
  expect(run.attachments).toEqual([
    { fileName: "report.html", attachmentType: "GeneralAttachment", content: Buffer.from("<p>report") },
  ]);
  const bad = report.tasks.filter(({ status }) => isBad(status));
  const files = (name: string) =>
    run.results.flatMap(({ attachments }) => attachments).filter(({ fileName }) => fileName === name);
  expect(files("shots-page_ 1.png").map(({ content }) => content.toString())).toEqual(bad.map(() => "picture"));
  expect(files("output.log")).toHaveLength(bad.length);
  expect(
    run.results.every(({ outcome, attachments }) => outcome === "Failed" || outcome === "Aborted" || attachments.length === 0),
  ).toBe(true);
  expect(published?.note).toBe(`left out: ${bad.length} attachments`);
});

test("3,000 cases, 1,000 of them failed, go in requests of a bounded size, failures first", async () => {
  const started = await job();
  const report = manyCases(3000, 1000);
  const [published] = await started.publish(report, ["results"]);
  expect(started.azure.violations).toEqual([]);
  const run = onlyRun(started);
  expect(outcomes(run)).toEqual({ Failed: 1000, Passed: 2000 });
  const sent = started.azure.requests.filter(({ method, path }) => method === "POST" && path.endsWith("/results"));
  expect(sent.length).toBeGreaterThanOrEqual(3);
  expect(Math.max(...sent.map(({ bytes }) => bytes))).toBeLessThanOrEqual(2 * 1024 * 1024 + 2);
  const attached = run.results.flatMap(({ attachments }) => attachments).length;
  expect(attached).toBe(200);
  expect(published?.note).toBe("left out: 800 attachments");
});

test("a job that is run again has a test run of its own, and the earlier one says so", async () => {
  const started = await job();
  const report = sampleReport({ files: 4 });
  await started.publish(report, ["results"]);
  // Jobs that share a run: another one of them publishes the second attempt.
  Object.assign(started.session.env, { SYSTEM_JOBATTEMPT: "2", SYSTEM_PHASEATTEMPT: "2", SYSTEM_JOBPOSITIONINPHASE: "3" });
  await started.publish(report, ["results"]);
  // Another run of the same build, of another stage.
  Object.assign(started.session.env, { SYSTEM_STAGENAME: "load" });
  await started.publish(report, ["results"]);
  expect(started.azure.violations).toEqual([]);
  expect(runsOf(started).map(({ name }) => name)).toEqual([
    "Shardwright (superseded)",
    "Shardwright, attempt 2",
    "Shardwright, attempt 2",
  ]);
  expect(runsOf(started)[1]).toMatchObject({ pipelineReference: { phaseReference: { attempt: 2 } } });
});

test("the runs that jobs of one phase have alone leave one another be", async () => {
  const started = await job();
  const report = sampleReport({ files: 4 });
  const alone = (key: string) => ({ ...report, run: { ...report.run, key } });
  await started.publish(alone("local-1"), ["results"]);
  Object.assign(started.session.env, { SYSTEM_JOBPOSITIONINPHASE: "2" });
  await started.publish(alone("local-2"), ["results"]);
  expect(runsOf(started).map(({ name }) => name)).toEqual(["Shardwright", "Shardwright"]);
  expect(runsOf(started)[0]).toMatchObject({ pipelineReference: { jobReference: { jobName: "unit", attempt: 1 } } });
});
