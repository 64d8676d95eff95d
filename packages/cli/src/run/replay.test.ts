import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CaseResult, ReportTask, RunReport } from "@shardwright/core";
import { nodeTestRunner, type RunnerEvent, type SessionOptions, type SessionTask } from "@shardwright/runners";
import { expect, onTestFinished, test } from "vitest";
import { withKnownResults } from "./replay.ts";

type Attempt = ReportTask["attempts"][number];

const caseOf = (name: string, status: CaseResult["status"] = "passed"): CaseResult => ({
  path: [name],
  ordinal: 0,
  status,
  duration_ms: 1,
  retries: 0,
});

const attempt = (number: number, status: Attempt["status"], more: Partial<Attempt>): Attempt => ({
  attempt: number,
  worker: "w",
  status,
  duration_ms: 1,
  started_ms: 0,
  cases: [],
  ...more,
});

function reportOf(more: Partial<ReportTask>): RunReport {
  const task = { key: "unit:a.test.js", suite: "unit", runner: "node-test", file: "a.test.js", args: [], ...more };
  return { tasks: [task] } as unknown as RunReport;
}

/** What a worker is told of tasks of the file, by runners that know this report. Run for real, the file has the case `real`. */
async function told(report: RunReport, ...tasks: readonly Partial<SessionTask>[]): Promise<string[]> {
  return toldWith({}, report, ...tasks);
}

async function toldWith(
  options: Record<string, boolean>,
  report: RunReport,
  ...tasks: readonly Partial<SessionTask>[]
): Promise<string[]> {
  const workspace = mkdtempSync(join(tmpdir(), "shardwright-replay-"));
  onTestFinished(() => rmSync(workspace, { recursive: true, force: true }));
  writeFileSync(join(workspace, "a.test.js"), 'require("node:test")("real", () => {});\n');
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name, value]) => value !== undefined && !/^(?:NODE_|VITEST|TEST)/.test(name)),
  ) as Record<string, string>;
  // Node's runner has no such option.
  const real = { ...nodeTestRunner, open: (given: SessionOptions) => nodeTestRunner.open({ ...given, options: {} }) };
  const runner = withKnownResults(new Map([["node-test", real]]), report).get("node-test");
  const session = await runner?.open({ workspace, directory: ".", options, environment });
  const events: RunnerEvent[] = [];
  const given = tasks.map((task, id) => ({ id, file: "a.test.js", args: [], ...task }));
  for await (const event of session?.execute(given) ?? []) events.push(event);
  await session?.close("now");
  return given.map(({ id }) =>
    events
      .flatMap((event) => {
        if (event.type === "case" && event.id === id) return `${event.result.path.join()} ${event.result.status}`;
        return event.type === "finished" && event.id === id ? event.result.outcome : [];
      })
      .join(", "),
  );
}

test("known attempts are told one after the other; what is not known runs, and so does a part of the file", async () => {
  const failure = { kind: "assertion", message: "no" } as const;
  const report = reportOf({
    attempts: [
      attempt(1, "failed", { cases: [caseOf("a", "failed")], failure }),
      attempt(2, "lost", {}),
      attempt(3, "passed", { cases: [caseOf("a")] }),
    ],
  });
  const tasks = [{ cases: [["a"]] }, { except: [["a"]] }, {}, {}, {}];
  expect(await told(report, ...tasks)).toEqual([
    "real passed, passed",
    "real passed, passed",
    "a failed, failed",
    "a passed, passed",
    "real passed, passed",
  ]);
});

test("a file that was dealt out in parts is handed in whole, as bad as its worst part, or not at all", async () => {
  const failure = { kind: "assertion", message: "no" } as const;
  const first = attempt(1, "passed", { part: 0, cases: [caseOf("a")] });
  const second = attempt(2, "failed", { part: 1, cases: [caseOf("b", "failed")], failure });
  const third = attempt(3, "passed", { part: 1, cases: [caseOf("b")] });
  expect(await told(reportOf({ parts: 2, attempts: [first, second] }), {}, {})).toEqual([
    "a passed, b failed, failed",
    "real passed, passed",
  ]);
  expect(await told(reportOf({ parts: 2, attempts: [first, second, third] }), {})).toEqual(["a passed, b passed, passed"]);
  const lost = attempt(3, "lost", { part: 1 });
  for (const attempts of [[first], [first, second, lost]])
    expect(await told(reportOf({ parts: 2, attempts }), {})).toEqual(["real passed, passed"]);
});

test("what is known does not say what was covered: where that is measured, it runs again", async () => {
  const report = reportOf({ attempts: [attempt(1, "passed", { cases: [caseOf("a")] })] });
  expect(await toldWith({ coverage: true }, report, {})).toEqual(["real passed, passed"]);
});
