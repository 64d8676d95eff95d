import { expect, onTestFinished, test } from "vitest";
import type { RunReport } from "@shardwright/core";
import { sampleReport } from "../../../packages/core/src/reports/sample.test-data.ts";
import { azureProvider, startJob, type Job } from "./job.ts";
import { commit } from "./variables.ts";

const job = async (...options: Parameters<typeof startJob>): Promise<Job> => {
  const started = await startJob(...options);
  onTestFinished(started.close);
  return started;
};
const failing = sampleReport({ files: 8 });
const passing = sampleReport({ files: 4, faults: false });
const withVerdict = (verdict: RunReport["verdict"]): RunReport => ({ ...passing, verdict });
const progress = (started: Job) =>
  started.commands().flatMap(({ event, properties }) => (event === "setprogress" ? [properties.value] : []));

test.each([
  ["passed", "succeeded"],
  ["failed", "failed"],
  ["errored", "error"],
  ["incomplete", "error"],
  ["cancelled", "error"],
] as const)("a run that %s is a status %s of the commit and of the pull request", async (verdict, state) => {
  const started = await job();
  const [published] = await started.publish(withVerdict(verdict), ["status"]);
  expect(published).toMatchObject({ outcome: "done" });
  expect(started.azure.violations).toEqual([]);
  const status = {
    state,
    context: { genre: "shardwright", name: "Shardwright" },
    targetUrl: expect.stringMatching(/\/My%20Shop\/_build\/results\?buildId=7&view=ms\.vss-test-web/) as string,
  };
  expect(started.azure.store.commitStatuses).toMatchObject([{ ...status, commit }]);
  expect(started.azure.store.pullStatuses).toMatchObject([{ ...status, pull: "22" }]);
});

test("a build of a branch has a status of its commit alone", async () => {
  const more = { SYSTEM_PULLREQUEST_PULLREQUESTID: "", SYSTEM_PULLREQUEST_SOURCECOMMITID: "", BUILD_SOURCEVERSION: commit };
  const started = await job(more);
  const published = await started.publish(passing);
  expect(started.azure.store.commitStatuses).toHaveLength(1);
  expect(started.azure.store.pullStatuses).toEqual([]);
  expect(published.find(({ channel }) => channel.name === "comment")).toMatchObject({
    outcome: "unavailable",
    note: "the build is not of a pull request",
  });
});

test("while a run goes on its status is pending, renewed at most twice a minute, and the step says how far it is", async () => {
  let now_ms = 0;
  const started = await job({}, { now_ms: () => now_ms });
  const { context } = passing.run;
  const live = await azureProvider.startStatus?.(
    { run: "r-0000000000000001", title: "Begun", commit, url: context.build_url },
    started.session,
  );
  for (let done = 1; done <= 300; done += 1) {
    now_ms += 1000;
    live?.progress(done, 300, done > 100 ? 2 : 0);
  }
  await live?.close();
  live?.progress(300, 300, 0);
  expect(started.azure.violations).toEqual([]);
  const { commitStatuses, pullStatuses } = started.azure.store;
  expect(commitStatuses.map(({ state }) => state)).toEqual(Array.from({ length: 11 }, () => "pending"));
  expect(pullStatuses).toHaveLength(11);
  expect(commitStatuses.at(-1)).toMatchObject({ description: "300 of 300 files done, 2 failed" });
  expect(progress(started)).toEqual(Array.from({ length: 101 }, (_, percent) => String(percent)));
  await started.publish(passing, ["status"]);
  expect(commitStatuses.at(-1)).toMatchObject({ state: "succeeded" });
});

test("a run that comes to no verdict does not stay pending, and is not green", async () => {
  const started = await job();
  const live = await azureProvider.startStatus?.(
    { run: "r-0000000000000001", title: "Begun", commit, url: undefined },
    started.session,
  );
  await live?.abandon("The coordinator was out of reach");
  for (const statuses of [started.azure.store.commitStatuses, started.azure.store.pullStatuses])
    expect(statuses).toMatchObject([{ state: "pending" }, { state: "error", description: "The coordinator was out of reach" }]);
});

test("a run goes on though its status cannot be renewed", async () => {
  let now_ms = 0;
  const started = await job({}, { now_ms: () => now_ms });
  const live = await azureProvider.startStatus?.(
    { run: "r-0000000000000001", title: "Begun", commit, url: undefined },
    started.session,
  );
  started.azure.fault = () => ({ status: 403 });
  now_ms += 60_000;
  live?.progress(1, 2, 0);
  await live?.close();
  expect(started.azure.store.commitStatuses).toHaveLength(1);
});

test("the pull request has one thread, kept up to date, open while tests fail", async () => {
  const started = await job();
  const { threads } = started.azure.store;
  await started.publish(passing, ["comment"]);
  await started.publish(withVerdict("cancelled"), ["comment"]);
  expect(threads).toEqual([]);
  await started.publish(failing, ["comment"]);
  expect(threads).toMatchObject([
    { status: "active", comments: [{ content: expect.stringMatching(/^## .*(Failed|Errored)/) as string }] },
  ]);
  // People answer it.
  threads[0]?.comments.push({ id: 2, content: "On it" });
  await started.publish(passing, ["comment"]);
  expect(started.azure.violations).toEqual([]);
  expect(threads).toMatchObject([
    { status: "fixed", comments: [{ content: expect.stringMatching(/^## .*Passed/) as string }, { content: "On it" }] },
  ]);
  await started.publish(withVerdict("cancelled"), ["comment"]);
  expect(threads).toMatchObject([{ status: "closed" }]);
  // Another suite of the same pull request.
  Object.assign(started.session, { name: "Load" });
  await started.publish(failing, ["comment"]);
  expect(threads).toHaveLength(2);
});

test("however much there is to say, a comment stays within its limit", async () => {
  const started = await job();
  await started.publish(sampleReport({ files: 400, cases_per_file: 40 }), ["comment"]);
  expect(started.azure.violations).toEqual([]);
  expect(started.azure.store.threads[0]?.comments[0]?.content.length).toBeLessThanOrEqual(60_000);
});

test.each([
  ["a repository elsewhere", { BUILD_REPOSITORY_PROVIDER: "GitHub" }, "the repository is not in Azure Repos (it is GitHub)"],
  ["a fork", { SYSTEM_PULLREQUEST_ISFORK: "True" }, "the change comes from a fork"],
  ["a step without a token", { SYSTEM_ACCESSTOKEN: "" }, "SYSTEM_ACCESSTOKEN: $(System.AccessToken)"],
  ["a variable that was not replaced", { SYSTEM_ACCESSTOKEN: "$(System.AccessToken)" }, "there is no token"],
])("%s is told with what to do, and asked nothing", async (_title, more, words) => {
  const started = await job(more);
  const published = await started.publish(passing, ["status", "comment"]);
  expect(published.map(({ outcome, note }) => ({ outcome, told: note?.includes(words) }))).toEqual([
    { outcome: "failed", told: true },
    { outcome: "failed", told: true },
  ]);
  expect(started.azure.requests).toEqual([]);
});

test("a token that a person made is sent as such", async () => {
  const started = await job({}, { token: "pat0123456789" });
  Object.assign(started.session, { token: "pat0123456789" });
  const [published] = await started.publish(passing, ["status"]);
  expect(published).toMatchObject({ outcome: "done" });
});
