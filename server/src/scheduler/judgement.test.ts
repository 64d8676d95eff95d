import { type JudgementRequest, type Submission, factVersions, runListQuerySchema } from "@shardwright/core";
import { expect, test } from "vitest";
import { runFigures } from "../database/tables.ts";
import { factsUpTo } from "../testing/fact-versions.ts";
import { World, submissionOf } from "../testing/world.ts";

const suites = [{ name: "unit", runner: "vitest", directory: ".", options: { coverage: true } }];
const tooLow = "In unit: Coverage for lines (60%) does not meet global threshold (90%)";
const joining = "; what they covered is being joined";

const submission = (overrides: Parameters<typeof submissionOf>[1] = {}): Submission =>
  submissionOf(["a.test.js"], { suites, ...overrides, options: { max_retries: 0 } });

async function end(world: World, outcome: "passed" | "failed" = "passed"): Promise<void> {
  const worker = await world.worker("one");
  for (const lease of await worker.lease()) await worker.run(lease, outcome);
  await worker.leave();
}

async function endedRun(world: World, overrides: Parameters<typeof submissionOf>[1] = {}): Promise<string> {
  const { run } = await world.scheduler.submit(submission(overrides));
  await end(world);
  return run;
}

const judge = (world: World, run: string, verdict: JudgementRequest["verdict"], reason = tooLow) =>
  world.scheduler.judgement(run, { verdict, reason });
const shown = (world: World, run: string) => {
  const { verdict, reason } = world.inside.queries.runs.summary(run) ?? {};
  return { verdict, reason };
};
const figures = ({ inside: { database } }: World) => database.select({ passed: runFigures.passed }).from(runFigures).all();

test("a run whose tests pass waits for their coverage, and is then what that comes to, wherever it is shown", async () => {
  await using world = await World.open();
  const run = await endedRun(world);
  const { queries } = world.inside;
  const { reason = "" } = shown(world, run);
  expect(shown(world, run).verdict).toBe("passed");
  expect(reason.endsWith(joining)).toBe(true);
  // It is no news of the branch yet.
  expect(queries.runs.newestEnded("default", undefined)).toBeUndefined();
  expect(figures(world)).toEqual([{ passed: true }]);

  expect(await judge(world, run, "failed")).toEqual({ judged: true, changed: true, verdict: "failed" });
  expect(shown(world, run)).toEqual({ verdict: "failed", reason: tooLow });
  expect(queries.runs.newestEnded("default", undefined)?.verdict).toBe("failed");
  expect(queries.runs.projects(undefined)).toMatchObject([{ verdict: "failed" }]);
  const found = (verdict: "passed" | "failed") =>
    queries.runs.list(runListQuerySchema.parse({ verdict })).runs.map(({ id }) => id);
  expect([found("failed"), found("passed")]).toEqual([[run], []]);
  expect(figures(world)).toEqual([{ passed: false }]);
  // What is known of its tests is as it was.
  expect(queries.runs.byId(run)?.tests_reason).toBe(reason.replace(joining, ""));
  expect(queries.tasks.ofRun(run)).toMatchObject([{ status: "passed", flaky: false }]);
  await world.restart();
  expect(shown(world, run)).toEqual({ verdict: "failed", reason: tooLow });
});

test("of several who judge a run, who found too little stands before who found enough, and both before who could not join it", async () => {
  await using world = await World.open();
  const run = await endedRun(world);
  const before = shown(world, run).reason?.replace(joining, "");
  expect(await judge(world, run, "errored", "Stopped")).toMatchObject({ changed: true });
  expect(await judge(world, run, "errored", "Stopped again")).toEqual({ judged: true, changed: false, verdict: "errored" });
  expect(shown(world, run)).toEqual({ verdict: "errored", reason: "Stopped" });
  expect(await judge(world, run, "passed")).toMatchObject({ changed: true, verdict: "passed" });
  expect(shown(world, run)).toEqual({ verdict: "passed", reason: before });
  expect(await judge(world, run, "errored")).toMatchObject({ changed: false, verdict: "passed" });

  const other = await endedRun(world, { run_key: "other" });
  const all = (["passed", "failed", "errored", "failed"] as const).map((verdict) => judge(world, other, verdict));
  expect((await Promise.all(all)).map(({ changed, verdict }) => [changed, verdict])).toEqual([
    [true, "passed"],
    [true, "failed"],
    [false, "failed"],
    [false, "failed"],
  ]);
});

test("a run that has not passed, goes on, or is not measured stays as it is", async () => {
  await using world = await World.open();
  await expect(judge(world, "r-0000000000009999", "failed")).rejects.toMatchObject({ code: "not-found" });
  const { run } = await world.scheduler.submit(submission());
  expect(await judge(world, run, "failed")).toEqual({ judged: false, changed: false });
  await end(world, "failed");
  const red = shown(world, run);
  expect(await judge(world, run, "passed")).toEqual({ judged: false, changed: false, verdict: "failed" });
  expect(shown(world, run)).toEqual(red);

  const plain = await endedRun(world, { run_key: "plain", suites: [{ ...suites[0], options: {} }] as Submission["suites"] });
  expect(await judge(world, plain, "failed")).toEqual({ judged: false, changed: false, verdict: "passed" });
  expect(shown(world, plain).reason).not.toContain(joining);

  // Taken up again, it is judged anew.
  await world.scheduler.submit(submission());
  await end(world);
  expect(shown(world, run).verdict).toBe("passed");
  expect(await judge(world, run, "failed")).toMatchObject({ changed: true });
  expect(shown(world, run)).toEqual({ verdict: "failed", reason: tooLow });
});

test("the tests of a run that failed by its coverage have nothing to run again, whoever comes late or presses a button", async () => {
  await using world = await World.open();
  const git = { kind: "git", url: "https://git.example/shop", commit: "c".repeat(40), directory: "." } as const;
  const run = await endedRun(world, { workspace: git, job: { index: 0, total: 2 } });
  await judge(world, run, "errored");
  const late = await world.scheduler.submit(submission({ workspace: git, job: { index: 1, total: 2 } }));
  expect(late).toEqual({ run, disposition: "finished", pending: 0 });
  const { opened_position = 0 } = world.inside.queries.runs.byId(run) ?? {};
  await expect(world.scheduler.reopen(run, opened_position)).rejects.toMatchObject({
    code: "not-reopenable",
    message: expect.stringContaining("run that job again") as string,
  });
});

test("what nobody joins is given up in the end, also by the next leader; who comes with it after that is heard", async () => {
  await using world = await World.open();
  const run = await endedRun(world);
  world.clock.advance(64 * 60_000);
  await world.restart();
  world.clock.advance(30_000);
  expect(shown(world, run).verdict).toBe("passed");
  world.clock.advance(2 * 60_000);
  await expect
    .poll(() => shown(world, run))
    .toEqual({
      verdict: "errored",
      reason: "Nobody has joined the coverage of its tests within 65 minutes.",
    });
  expect(await judge(world, run, "passed")).toMatchObject({ changed: true });
});

test("a cluster with a member that knows no verdicts by coverage has none", async () => {
  await using world = await World.open({}, factsUpTo((factVersions.kinds.RunJudged ?? 0) - 1));
  const run = await endedRun(world);
  const asBefore = shown(world, run);
  expect(asBefore.reason).not.toContain(joining);
  expect(await judge(world, run, "failed")).toEqual({ judged: false, changed: false, verdict: "passed" });
  world.clock.advance(2 * 3_600_000);
  expect(shown(world, run)).toEqual(asBefore);
});

test("what the coordinator has measured by itself waits for nobody", async () => {
  await using world = await World.open();
  const { run } = await world.scheduler.submit(
    submissionOf(["a.test.js"], { suites, options: { max_retries: 0, purpose: "measurement" } }),
  );
  await end(world);
  expect(shown(world, run)).toEqual({ verdict: "passed", reason: expect.not.stringContaining(joining) as string });
  expect(await judge(world, run, "failed")).toEqual({ judged: false, changed: false, verdict: "passed" });
});
