import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runReportSchema, type RunReport } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { writeChaosSuite, type ChaosSuite } from "../../chaos/suite.ts";
import { violationsOf } from "../../chaos/verify.ts";
import { adminToken, startFleet, type Fleet } from "../../cli/fleet.ts";
import { freePort, until } from "../../processes.ts";
import { runAgentJob, type JobEnd, type RunningJob } from "./agent.ts";
import { installShardwright } from "./checkout.ts";
import { startAzureDevOps, type AzureDevOps } from "./server.ts";
import type { TestRun } from "./store.ts";
import { expandTemplate } from "./template.ts";
import { jobToken, jobVariables } from "./variables.ts";

const jobs = 4;
/** Two of its files fail, always. */
const seed = 3;
const files = 20;

interface Pipeline {
  readonly azure: AzureDevOps;
  readonly suite: ChaosSuite;
  /** Starts one of the four jobs, in a checkout of its own. */
  readonly start: (index: number, options?: StartOptions) => Started;
  readonly all: (options?: StartOptions) => Started[];
}

interface StartOptions {
  readonly attempt?: number;
  readonly variables?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly fallbackAfter?: string;
}

interface Started {
  readonly job: RunningJob;
  readonly ended: Promise<Ended>;
}

interface Ended extends JobEnd {
  readonly report: RunReport | undefined;
}

async function startPipeline(coordinator: string): Promise<Pipeline> {
  const azure = await startAzureDevOps({ token: jobToken });
  onTestFinished(() => azure.close());
  const root = mkdtempSync(join(tmpdir(), "azure-matrix-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  let made = 0;
  const start = (index: number, { attempt = 1, variables = {}, secrets, fallbackAfter = "60" }: StartOptions = {}): Started => {
    made += 1;
    const directory = join(root, `checkout-${made}`);
    writeChaosSuite(directory, seed, { files });
    installShardwright(directory);
    const job = runAgentJob({
      steps: expandTemplate("worker", {
        coordinator,
        apiKey: "$(shardwrightKey)",
        slots: 1,
        arguments: `--max-retries 0 --report-formats json --fallback-after ${fallbackAfter} --reconnect-interval 0.5`,
      }),
      variables: {
        ...jobVariables(azure.collection, directory),
        "System.JobPositionInPhase": String(index + 1),
        "System.TotalJobsInPhase": String(jobs),
        "System.JobAttempt": String(attempt),
        "System.PhaseAttempt": String(attempt),
        CHAOS_SLOWNESS: "4",
        ...variables,
      },
      secrets: secrets ?? { "System.AccessToken": jobToken, shardwrightKey: adminToken },
    });
    onTestFinished(() => job.kill());
    const ended = job.ended.then((end) => ({ ...end, report: readReport(directory) }));
    return { job, ended };
  };
  return {
    azure,
    suite: writeChaosSuite(join(root, "known"), seed, { files }),
    start,
    all: (options) => Array.from({ length: jobs }, (_, index) => start(index, options)),
  };
}

function readReport(directory: string): RunReport | undefined {
  const path = join(directory, "shardwright-report", "report.json");
  return existsSync(path) ? runReportSchema.parse(JSON.parse(readFileSync(path, "utf8"))) : undefined;
}

async function aFleet(): Promise<Fleet> {
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  return fleet;
}

/** Resolves when the run is under way. */
async function underWay(fleet: Fleet): Promise<void> {
  await until("the first result", async () => {
    const { runs } = (await fleet.call("GET", "runs")) as { runs: { cases: number }[] };
    return (runs[0]?.cases ?? 0) > 0;
  });
}

/** Each of these jobs says what the whole run came to, and rightly. */
function expectWhole(ends: readonly Ended[], { suite }: Pipeline): void {
  for (const { result, report, log } of ends) {
    expect({ result, log: report === undefined ? log : "" }).toEqual({ result: "failed", log: "" });
    expect(violationsOf(report as RunReport, suite, 1)).toEqual([]);
  }
}

/** A test run has every case of the suite once, with the right outcome. */
function expectResults({ results }: TestRun, { suite }: Pipeline): void {
  const known = [...suite.cases].flatMap(([file, names]) =>
    names.map((name, index) => `${file} ${name} ${suite.failing.has(file) && index === 0 ? "Failed" : "Passed"}`),
  );
  const shown = results.map(
    ({ automatedTestStorage, testCaseTitle, outcome }) =>
      `${String(automatedTestStorage)} ${String(testCaseTitle)} ${String(outcome)}`,
  );
  expect(shown.toSorted()).toEqual(known.toSorted());
}

const runsOf = ({ azure }: Pipeline) => [...azure.store.runs.values()];

test("a machine that is gone costs nothing, and its job, run again, takes the run up", async () => {
  const fleet = await aFleet();
  const pipeline = await startPipeline(fleet.address);
  const started = pipeline.all();
  await underWay(fleet);
  started[1]?.job.kill();
  const ends = await Promise.all(started.map(({ ended }) => ended));
  expectWhole(
    [0, 2, 3].map((index) => ends[index] as Ended),
    pipeline,
  );
  expect(ends[1]?.report).toBeUndefined();
  // One of the jobs has told of it.
  expect(runsOf(pipeline).map(({ name, state }) => [name, state])).toEqual([["Shardwright", "Completed"]]);
  expectResults(runsOf(pipeline)[0] as TestRun, pipeline);

  const again = await Promise.all([1, 2].map((index) => pipeline.start(index, { attempt: 2 }).ended));
  expectWhole(again, pipeline);
  expect(pipeline.azure.violations).toEqual([]);
  const [first, ...later] = runsOf(pipeline);
  expect(first?.name).toBe("Shardwright (superseded)");
  const last = later.at(-1) as TestRun;
  expect(last.name).toBe("Shardwright, attempt 2");
  expectResults(last, pipeline);
  // What had passed was not run again.
  const ranAgain = last.results.filter(({ subResults }) => subResults !== undefined);
  expect(new Set(ranAgain.map(({ automatedTestStorage }) => automatedTestStorage))).toEqual(pipeline.suite.failing);
  expect(pipeline.azure.store.threads).toMatchObject([{ status: "active" }]);
}, 120_000);

test("a pipeline that is cancelled and run again comes to the whole verdict", async () => {
  const fleet = await aFleet();
  const pipeline = await startPipeline(fleet.address);
  const started = pipeline.all();
  await underWay(fleet);
  await until("all jobs", () => Promise.resolve(started.every(({ job }) => job.log().includes("test files in"))));
  for (const { job } of started) job.cancel();
  const ends = await Promise.all(started.map(({ ended }) => ended));
  expect(ends.map(({ result }) => result)).toEqual(["canceled", "canceled", "canceled", "canceled"]);
  // They had the time to end in order: each hands back what it has.
  expect(ends.filter(({ log }) => log.includes("Stopping")).length).toBe(jobs);
  // Nobody is left who would end a status that stays pending.
  expect(pipeline.azure.store.commitStatuses.at(-1)?.state).not.toBe("pending");
  expect(pipeline.azure.store.commitStatuses.at(-1)?.state).not.toBe("succeeded");
  const again = await Promise.all(pipeline.all({ attempt: 2 }).map(({ ended }) => ended));
  expectWhole(again, pipeline);
  expect(pipeline.azure.violations).toEqual([]);
  const last = runsOf(pipeline).at(-1) as TestRun;
  expect(last).toMatchObject({ name: "Shardwright, attempt 2", state: "Completed" });
  expectResults(last, pipeline);
  expect(
    runsOf(pipeline)
      .slice(0, -1)
      .filter(({ name }) => !name.endsWith("(superseded)")),
  ).toEqual([]);
}, 120_000);

test("a coordinator that is away for a while is waited for", async () => {
  const fleet = await aFleet();
  const pipeline = await startPipeline(fleet.address);
  const started = pipeline.all();
  await underWay(fleet);
  fleet.coordinator.child.kill("SIGKILL");
  await fleet.coordinator.exited;
  await fleet.startAgain();
  expectWhole(await Promise.all(started.map(({ ended }) => ended)), pipeline);
  expect(pipeline.azure.violations).toEqual([]);
  expect(runsOf(pipeline)).toHaveLength(1);
  expectResults(runsOf(pipeline)[0] as TestRun, pipeline);
}, 120_000);

/** The jobs have run their shares, which are the suite together, and each has told of its own. */
function expectShares(ends: readonly Ended[], pipeline: Pipeline): void {
  const { suite, azure } = pipeline;
  const shares = ends.map(({ report }) => report?.tasks.map(({ file }) => file) ?? []);
  expect(shares.flat().toSorted()).toEqual([...suite.cases.keys()].toSorted());
  for (const { result, report } of ends) {
    const fails = report?.tasks.some(({ file }) => suite.failing.has(file)) === true;
    expect(result).toBe(fails ? "failed" : "succeeded");
  }
  expect(azure.violations).toEqual([]);
  expect(runsOf(pipeline).map(({ name }) => name.replace(/ \(\d of 4\)$/, ""))).toEqual(
    Array.from({ length: jobs }, () => "Shardwright"),
  );
  expectResults({ ...(runsOf(pipeline)[0] as TestRun), results: runsOf(pipeline).flatMap(({ results }) => results) }, pipeline);
}

test("without a coordinator each job runs its share, and together they are the suite", async () => {
  const pipeline = await startPipeline(`http://127.0.0.1:${await freePort()}`);
  expectShares(await Promise.all(pipeline.all({ fallbackAfter: "0.5" }).map(({ ended }) => ended)), pipeline);
}, 120_000);

test("the jobs of a fork, which have no secrets, run their shares, and write nothing that they may not", async () => {
  const fleet = await aFleet();
  const pipeline = await startPipeline(fleet.address);
  const variables = { "System.PullRequest.IsFork": "True" };
  const started = pipeline.all({ variables, secrets: { "System.AccessToken": jobToken } });
  expectShares(await Promise.all(started.map(({ ended }) => ended)), pipeline);
  expect(pipeline.azure.store.commitStatuses).toEqual([]);
  expect(pipeline.azure.store.threads).toEqual([]);
}, 120_000);

test("a job alone that is cancelled tells of it before its time is over", async () => {
  const azure = await startAzureDevOps({ token: jobToken });
  onTestFinished(() => azure.close());
  const directory = mkdtempSync(join(tmpdir(), "azure-alone-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  writeChaosSuite(directory, seed, { files });
  installShardwright(directory);
  const job = runAgentJob({
    steps: expandTemplate("run", { workers: 1 }),
    variables: { ...jobVariables(azure.collection, directory), CHAOS_SLOWNESS: "100" },
    secrets: { "System.AccessToken": jobToken },
  });
  onTestFinished(() => job.kill());
  await until("the beginning", () => Promise.resolve(job.log().includes("test files")));
  job.cancel();
  const end = await job.ended;
  expect(end).toMatchObject({ result: "canceled", artifacts: [] });
  expect(end.log).toContain("CANCELLED");
  expect(azure.violations).toEqual([]);
  expect([...azure.store.runs.values()]).toMatchObject([{ state: "Aborted", substate: "canceledByUser" }]);
  expect(azure.store.commitStatuses.at(-1)).toMatchObject({ state: "error", description: "Cancelled" });
}, 120_000);
