import { expect, onTestFinished, test } from "vitest";
import { sampleReport } from "../../../packages/core/src/reports/sample.test-data.ts";
import { startJob, type Job } from "./job.ts";
import type { Fault, Request } from "./server.ts";

const job = async (...options: Parameters<typeof startJob>): Promise<Job> => {
  const started = await startJob(...options);
  onTestFinished(started.close);
  return started;
};
const report = sampleReport({ files: 8 });
const isWrite = ({ method }: Request) => method !== "GET";
const runsOf = ({ azure }: Job) => [...azure.store.runs.values()];

/** What is there after a publication that nothing disturbed. */
async function undisturbed() {
  const started = await job();
  await started.publish(report);
  return contentOf(started);
}

function contentOf({ azure: { store } }: Job) {
  return {
    runs: [...store.runs.values()].map(({ name, state, results }) => ({
      name,
      state,
      results: results.map(({ testCaseTitle, outcome }) => [testCaseTitle, outcome]),
    })),
    threads: store.threads.map(({ status, comments }) => ({ status, comments: comments.length })),
    lastStatus: [store.commitStatuses, store.pullStatuses].map((statuses) => statuses.at(-1)?.state),
  };
}

const dropped: [string, Fault][] = [
  ["the connection ends before", "drop-before"],
  ["the connection ends after", "drop-after"],
  ["the gateway loses the answer to", { status: 502, done: true }],
  ["the service is not there for", { status: 503 }],
  ["the service asks for patience with", { status: 429, headers: { "retry-after": "20" } }],
];

test.each(dropped)("nothing is lost and nothing doubled when %s every request the first time", async (_title, fault) => {
  const started = await job();
  const seen = new Map<string, number>();
  started.azure.fault = ({ method, path }) => {
    const key = `${method} ${path}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
    return seen.get(key) === 1 ? fault : undefined;
  };
  const published = await started.publish(report);
  expect(published.map(({ outcome }) => outcome)).toEqual(["done", "done", "done", "done", "done"]);
  expect(started.azure.violations).toEqual([]);
  expect(contentOf(started)).toEqual(await undisturbed());
});

test("as long as the service says is waited, and no longer than a publication may take", async () => {
  const started = await job();
  let left = 3;
  started.azure.fault = () => (left-- > 0 ? { status: 429, headers: { "retry-after": "20" } } : undefined);
  await started.publish(report, ["results"]);
  expect(started.waited_ms()).toBe(60_000);

  const stormy = await job();
  stormy.azure.fault = () => ({ status: 503 });
  const [published] = await stormy.publish(report, ["results"]);
  expect(published).toMatchObject({ outcome: "failed", note: expect.stringContaining("503") as string });
  expect(runsOf(stormy)).toEqual([]);
  expect(stormy.azure.requests.length).toBeLessThan(40);
  expect(stormy.waited_ms()).toBeLessThan(240_000);
});

test("a storm after the test run began leaves it aborted, as soon as the service is there again", async () => {
  const started = await job();
  let isOver = false;
  started.azure.fault = ({ method, path }) => {
    if (method === "PATCH") isOver = true;
    return !isOver && path.endsWith("/results") ? { status: 500 } : undefined;
  };
  const [published] = await started.publish(report, ["results"]);
  expect(published).toMatchObject({ outcome: "failed" });
  expect(runsOf(started)).toMatchObject([{ state: "Aborted", substate: "abortedBySystem", results: [] }]);
});

test.each([
  [401, "the token is wrong or has ended"],
  [403, "give the project's build service the permission “Create test runs”"],
])("an answer of %d is told with what to do, and not asked again", async (status, remedy) => {
  const started = await job();
  started.azure.fault = (request) => (isWrite(request) ? { status } : undefined);
  const [published] = await started.publish(report, ["results"]);
  expect(published).toMatchObject({ outcome: "failed", note: expect.stringContaining(remedy) as string });
  expect(started.azure.requests).toHaveLength(1);
});

test("the page where people sign in is no answer", async () => {
  const started = await job();
  started.azure.fault = () => "sign-in";
  const published = await started.publish(report);
  expect(published.map(({ channel, outcome }) => [channel.name, outcome])).toEqual([
    ["summary", "done"],
    ["annotations", "done"],
    ["status", "failed"],
    ["comment", "failed"],
    ["results", "failed"],
  ]);
  expect(published.at(-1)?.note).toContain("the page where people sign in; the token is wrong or has ended");
});

test("trouble with attachments costs no results", async () => {
  const started = await job();
  started.azure.fault = ({ path }) => (path.endsWith("/attachments") ? { status: 403 } : undefined);
  const [published] = await started.publish(report, ["results"]);
  expect(published).toMatchObject({ outcome: "done", note: expect.stringMatching(/^left out: \d+ attachments$/) as string });
  expect(runsOf(started)).toMatchObject([{ state: "Completed" }]);
});
