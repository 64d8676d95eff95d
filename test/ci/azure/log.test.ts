import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { RunReport } from "@shardwright/core";
import { sampleReport } from "../../../packages/core/src/reports/sample.test-data.ts";
import { startJob, type Job } from "./job.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const job = async (...options: Parameters<typeof startJob>): Promise<Job> => {
  const started = await startJob(...options);
  onTestFinished(started.close);
  return started;
};

/** One failure, with whatever a test may say, in a file that is there. */
function failureOf(message: string, details: string): RunReport {
  const base = sampleReport({ files: 4 });
  const file = "test/ci/azure/log.test.ts";
  const tasks = base.tasks.slice(3).map((task) => ({
    ...task,
    file,
    attempts: task.attempts.map((attempt) => ({
      ...attempt,
      cases: attempt.cases.slice(1, 2).map((result) => ({ ...result, path: ["sums; 100% [1]"], line: 12, message, details })),
    })),
  }));
  return { ...base, tasks };
}

test("a failure is an error of the build, at its place in the source, whatever its text", async () => {
  const started = await job({}, { workspace: root });
  const message = "50% off; a ] b\r\n##vso[task.complete result=Succeeded] %3B %AZP25";
  await started.publish(failureOf(message, "no place"), ["annotations"]);
  expect(started.commands()).toEqual([
    {
      area: "task",
      event: "logissue",
      properties: {
        type: "error",
        sourcepath: join(root, "test", "ci", "azure", "log.test.ts"),
        linenumber: "12",
        columnnumber: "1",
        code: "test",
      },
      data: expect.stringContaining("50% off; a ] b") as string,
    },
  ]);
  expect(started.commands()[0]?.data).toContain("sums; 100% [1]");
  expect(started.commands()[0]?.data).toContain("%3B %AZP25");
});

test("a file may be called whatever a file may be called", async () => {
  const started = await job({}, { workspace: root });
  const file = "test/a;b]=%3B%5D 50%.test.ts";
  const base = failureOf("no", "");
  await started.publish({ ...base, tasks: base.tasks.map((task) => ({ ...task, file })) }, ["annotations"]);
  expect(started.commands()[0]?.properties).toMatchObject({ type: "error", sourcepath: file, code: "test" });
});

test("of 1,000 failures ten are issues of the build, none of them too long, and the rest is told of", async () => {
  const started = await job();
  const base = failureOf("m".repeat(50_000), "");
  const tasks = Array.from({ length: 1000 }, (_, index) => base.tasks.map((task) => ({ ...task, key: `k${index}` }))).flat();
  const [published] = await started.publish({ ...base, tasks }, ["annotations"]);
  expect(started.commands()).toHaveLength(10);
  expect(Math.max(...started.commands().map(({ data }) => data.length))).toBe(4000);
  expect(published?.note).toBe("990 failures more are not shown: a step has 10 errors at most");
});

test("a green run with flaky tests warns of them, and leaves the step's result alone", async () => {
  const started = await job();
  const base = sampleReport({ files: 4, faults: false });
  await started.publish({ ...base, cases: { ...base.cases, flaky: 2 } }, ["annotations"]);
  expect(started.commands()).toEqual([
    { area: "task", event: "logissue", properties: { type: "warning" }, data: "Shardwright: 2 tests passed only when run again" },
  ]);
});

test("the summary is a file that the agent is told of, called as the run is, and within its limit", async () => {
  const folder = mkdtempSync(join(tmpdir(), "azure-temp-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const started = await job({ AGENT_TEMPDIRECTORY: folder }, { name: "Unit: a/b" });
  await started.publish(sampleReport({ files: 600, cases_per_file: 30 }), ["summary"]);
  const [command] = started.commands();
  expect(command).toMatchObject({ area: "task", event: "uploadsummary" });
  const path = command?.data ?? "";
  expect(basename(path)).toBe("Unit_ a-b.md");
  expect(path.startsWith(folder)).toBe(true);
  const text = readFileSync(path);
  expect(text.toString()).toMatch(/^## .*Errored: /);
  expect(text.length).toBeLessThanOrEqual(512 * 1024);
});
