import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runReportSchema, type RunReport } from "@shardwright/core";
import { beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { writeChaosSuite, type ChaosSuite } from "../../chaos/suite.ts";
import { violationsOf } from "../../chaos/verify.ts";
import { adminToken, startFleet, type Fleet } from "../../cli/fleet.ts";
import { until } from "../../processes.ts";
import { builtAction } from "./runner/built-actions.ts";
import { startAction, type Step } from "./runner/run-action.ts";
import { startGithub, type GithubServer } from "./server.ts";

const seed = 11;
const total = 4;
const all = [0, 1, 2, 3];

let action: string;
beforeAll(() => {
  action = builtAction("worker");
}, 600_000);

let github: GithubServer;
let root: string;
let suite: ChaosSuite;
let address: string;
let checkouts: number;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "matrix-"));
  checkouts = 0;
  suite = writeChaosSuite(join(root, "suite"), seed, { files: 20 });
  github = await startGithub();
  onTestFinished(async () => {
    await github.close();
    rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    expect(github.violations).toEqual([]);
  });
});

async function coordinator(): Promise<Fleet> {
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  ({ address } = fleet);
  return fleet;
}

interface Job {
  readonly step: Step;
  readonly ended: Promise<{
    readonly code: number | NodeJS.Signals;
    readonly report: RunReport | undefined;
    readonly log: string;
  }>;
}

/** One job of the matrix, in a checkout of its own, with what a workflow gives it and nothing else: no key, no index. */
function job(index: number, more: { readonly attempt?: number; readonly fallbackAfter?: string } = {}): Job {
  checkouts += 1;
  const { directory } = writeChaosSuite(join(root, `job-${checkouts}`), seed, { files: 20 });
  const args = `--fallback-after=${more.fallbackAfter ?? "60"}\n--reconnect-interval=0.5`;
  const step = startAction({
    action,
    workspace: directory,
    strategy: { "job-index": String(index), "job-total": String(total) },
    inputs: { coordinator: address, "api-key": adminToken, "max-retries": "0", timeout: "80", slots: "1", args },
    github: { api_url: github.url, run_attempt: String(more.attempt ?? 1) },
  });
  onTestFinished(() => {
    try {
      step.signal("SIGKILL");
    } catch {
      // It has ended.
    }
  });
  const ended = step.result.then(({ code, log }) => ({ code, log, report: reportIn(directory) }));
  return { step, ended };
}

function reportIn(directory: string): RunReport | undefined {
  try {
    return runReportSchema.parse(JSON.parse(readFileSync(join(directory, "shardwright-report", "report.json"), "utf8")));
  } catch {
    return undefined;
  }
}

async function firstResult(fleet: Fleet): Promise<void> {
  await until("the first result", async () => {
    const { runs } = (await fleet.call("GET", "runs")) as { runs: { cases: number }[] };
    return (runs[0]?.cases ?? 0) > 0;
  });
}

/** Each ends with the run's own verdict: whole and right. */
async function judge(jobs: readonly Job[]): Promise<void> {
  for (const { code, report, log } of await Promise.all(jobs.map(({ ended }) => ended)))
    expect(report === undefined ? [`no report, exit ${code}: ${log}`] : violationsOf(report, suite, code)).toEqual([]);
}

const conclusions = () => github.state.checkRuns.map(({ name, status, conclusion }) => `${name}: ${status} ${conclusion ?? ""}`);

test("four jobs of a matrix are one run with one check run; when all are run again, nothing that passed runs again", async () => {
  await coordinator();
  await judge(all.map((index) => job(index)));
  expect(suite.failing.size).toBeGreaterThan(0);
  expect(conclusions()).toEqual(["Shardwright: completed failure"]);
  expect(github.state.checkRuns[0]?.annotations.length).toBeGreaterThan(0);
  const again = all.map((index) => job(index, { attempt: 2 }));
  await judge(again);
  const ran = (await again[0]?.ended)?.report?.tasks.filter(({ attempts }) => attempts.length > 1) ?? [];
  expect(ran.filter(({ file }) => !suite.failing.has(file)).map(({ file }) => file)).toEqual([]);
  // The annotations of the first attempt cannot be taken back: a second check run stands in its place.
  expect(conclusions()).toEqual(["Shardwright: completed failure", "Shardwright: completed failure"]);
});

test("a job that is killed costs nothing: the others end with the whole, and so does it when it is run again", async () => {
  const fleet = await coordinator();
  const jobs = all.map((index) => job(index));
  await firstResult(fleet);
  jobs[2]?.step.signal("SIGKILL");
  await judge(jobs.filter((_, index) => index !== 2));
  expect((await jobs[2]?.ended)?.code).toBe("SIGKILL");
  await judge([job(2, { attempt: 2 })]);
  expect(new Set(conclusions())).toEqual(new Set(["Shardwright: completed failure"]));
});

test("when all are cancelled none is green and none hangs; run again, they end with the whole", async () => {
  const fleet = await coordinator();
  const jobs = all.map((index) => job(index));
  await firstResult(fleet);
  for (const { step } of jobs) step.signal("SIGINT");
  const ended = await Promise.all(jobs.map(({ ended: end }) => end));
  expect(ended.map(({ code }) => code)).not.toContain(0);
  expect(conclusions().join()).not.toContain("success");
  await judge(all.map((index) => job(index, { attempt: 2 })));
  expect(conclusions().at(-1)).toBe("Shardwright: completed failure");
});

test("a coordinator that dies and comes back costs the jobs nothing", async () => {
  const fleet = await coordinator();
  const jobs = all.map((index) => job(index));
  await firstResult(fleet);
  fleet.coordinator.child.kill("SIGKILL");
  await fleet.coordinator.exited;
  await fleet.startAgain();
  await judge(jobs);
  expect(conclusions()).toEqual(["Shardwright: completed failure"]);
});

test("without a coordinator each job runs its share and shows it by itself; no share stands for the whole", async () => {
  address = "http://127.0.0.1:9";
  const jobs = await Promise.all(all.map((index) => job(index, { fallbackAfter: "0.5" }).ended));
  const files = jobs.flatMap(({ report }) => report?.tasks.map(({ file }) => file) ?? []);
  expect(files.toSorted()).toEqual([...suite.cases.keys()].toSorted());
  const expected = jobs.map(({ report, code }, index) => {
    expect(code).toBe(report?.verdict === "passed" ? 0 : 1);
    return `Shardwright (${index + 1} of 4): completed ${report?.verdict === "passed" ? "success" : "failure"}`;
  });
  expect(conclusions().toSorted()).toEqual(expected.toSorted());
});
