import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  channelNames,
  politeFetch,
  providers,
  publicationOf,
  publish,
  type ChannelName,
  type Environment,
  type Session,
} from "@shardwright/ci";
import { reportFromCases, type CaseResult, type RunReport } from "@shardwright/core";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { startGitlab, type GitlabServer } from "./server.ts";

const sha = "a".repeat(40);
const token = "glpat-of-this-test";
const provider = providers.find(({ name }) => name === "gitlab");
if (provider === undefined) throw new Error("there is no provider for GitLab");
const gitlabProvider = provider;

let gitlab: GitlabServer;
let waits_ms: number[];
beforeEach(async () => {
  waits_ms = [];
  gitlab = await startGitlab();
  onTestFinished(() => gitlab.close());
  gitlab.admit(token);
  gitlab.state.pipelines.push({ id: 90, sha, ref: "feature", source: "push" }, { id: 91, sha, ref: "feature", source: "push" });
  gitlab.state.notes.set(3, []);
});

const environment = (more: Environment = {}): Environment => ({
  GITLAB_CI: "true",
  CI_API_V4_URL: gitlab.url,
  CI_PROJECT_ID: "7",
  CI_PROJECT_PATH: "group/shop",
  CI_COMMIT_SHA: sha,
  CI_PIPELINE_ID: "90",
  CI_PIPELINE_URL: "https://gitlab.example.com/group/shop/-/pipelines/90",
  CI_MERGE_REQUEST_IID: "3",
  CI_MERGE_REQUEST_PROJECT_ID: "7",
  CI_JOB_TOKEN: "job-token",
  ...more,
});

/** A session with a clock that only waiting moves. */
function sessionOf(env: Environment, more: Partial<Session> = {}): Session {
  let now_ms = 1_000_000;
  const signal = new AbortController().signal;
  const fetch = politeFetch({
    signal,
    now_ms: () => now_ms,
    wait: (ms) => {
      waits_ms.push(ms);
      now_ms += ms;
      return Promise.resolve();
    },
    random: () => 0.5,
  });
  return { env, token, name: "Shardwright", fetch, write: () => {}, now_ms: () => now_ms, signal, ...more };
}

function reportWith(...cases: Partial<CaseResult>[]): RunReport {
  const all = cases.map((one, index): CaseResult => ({
    path: [`case ${index}`],
    ordinal: 0,
    status: "passed",
    duration_ms: 1,
    retries: 0,
    ...one,
  }));
  return reportFromCases({ name: "run", files: [{ file: "a.test.js", cases: all }] });
}
const green = reportWith({});
const red = reportWith({ status: "failed", message: "expected 1 to be 2", path: ["adds"] }, {});

/** Publishes in these places alone; outcome and note of each by name. */
async function tell(report: RunReport, wanted: readonly ChannelName[], session = sessionOf(environment())) {
  const published = await publish(gitlabProvider, publicationOf(report), session, wanted);
  return Object.fromEntries(published.map(({ channel, outcome, note }) => [channel.name, { outcome, note }]));
}

const statuses = () => gitlab.state.statuses.map(({ name, status, pipeline_id }) => ({ name, status, pipeline_id }));
const notes = () => gitlab.state.notes.get(3) ?? [];
const requests = () => gitlab.seen.map(({ request, status }) => `${status} ${request}`);
const isDone = { outcome: "done", note: undefined };

test("a run's end is a status of its own pipeline, though a newer one has the same commit", async () => {
  expect(await tell(red, ["status"])).toEqual({ status: isDone });
  expect(gitlab.state.statuses).toEqual([
    expect.objectContaining({
      name: "Shardwright",
      status: "failed",
      pipeline_id: 90,
      target_url: "https://gitlab.example.com/group/shop/-/pipelines/90/test_report",
      description: expect.stringMatching(/^1 of 2 tests failed\. /) as string,
    }),
  ]);
  // When it is run again, the later end is what counts.
  await tell(green, ["status"]);
  expect(statuses().map(({ status }) => status)).toEqual(["failed", "success"]);
  expect(gitlab.violations).toEqual([]);
});

test.each([
  ["passed", "success"],
  ["failed", "failed"],
  ["errored", "failed"],
  ["incomplete", "failed"],
  ["cancelled", "canceled"],
] as const)("%s is told as %s, after pending or running as well", async (verdict, state) => {
  const session = sessionOf(environment(), { name: "n".repeat(100) });
  gitlab.state.statuses.push({
    id: 5,
    sha,
    name: "n".repeat(100),
    ref: "feature",
    pipeline_id: 90,
    status: "running",
    target_url: null,
    description: null,
  });
  const reason = "because ".repeat(100);
  expect(await tell({ ...green, verdict, reason }, ["status"], session)).toEqual({ status: isDone });
  expect(statuses()).toEqual([{ name: "n".repeat(100), status: state, pipeline_id: 90 }]);
  expect(gitlab.state.statuses[0]?.description?.length).toBeLessThanOrEqual(255);
  expect(gitlab.violations).toEqual([]);
});

test("addresses too long for GitLab are left out, not cut", async () => {
  const CI_PIPELINE_URL = `https://gitlab.example.com/${"g/".repeat(130)}`;
  await tell(green, ["status"], sessionOf(environment({ CI_PIPELINE_URL })));
  await tell(green, ["status"], sessionOf(environment({ CI_PIPELINE_URL, CI_JOB_URL: "https://gitlab.example.com/j/1" })));
  expect(gitlab.state.statuses.map(({ target_url }) => target_url)).toEqual([null, "https://gitlab.example.com/j/1"]);
});

test("409, while another update is made, is waited out; so is 429 for as long as GitLab says, and a storm of 502", async () => {
  gitlab.faults.add(
    { match: /statuses/, times: 2, answer: { status: 409, message: "Another update to this commit status is in progress" } },
    { match: /statuses/, times: 1, answer: { status: 429, headers: { "retry-after": "17" } } },
    { match: /statuses/, times: 2, answer: { status: 502 } },
  );
  expect(await tell(green, ["status"])).toEqual({ status: isDone });
  expect(requests().map((request) => request.slice(0, 3))).toEqual(["409", "409", "429", "502", "502", "201"]);
  expect(waits_ms).toContain(17_000);
  expect(statuses()).toHaveLength(1);
});

test("a status that was set although the answer was lost is set to the same again, and is one", async () => {
  gitlab.state.statuses.push({ ...base(), status: "running" });
  gitlab.faults.add({ match: /statuses/, times: 1, answer: "lost" });
  expect(await tell(green, ["status"])).toEqual({ status: isDone });
  expect(new Set(statuses().map(({ status }) => status))).toEqual(new Set(["success"]));
});

test("what GitLab will not change because it is so already is well; what is otherwise is not", async () => {
  const answer = { status: 400, message: "Cannot transition status via :success from :success (Reason(s): Status cannot …)" };
  gitlab.faults.add({ match: /POST .*statuses/, times: 2, answer });
  gitlab.state.statuses.push({ ...base(), status: "success" });
  expect(await tell(green, ["status"])).toEqual({ status: isDone });
  gitlab.state.statuses.splice(0, 1, { ...base(), status: "failed" });
  expect(await tell(green, ["status"])).toMatchObject({
    status: { outcome: "failed", note: expect.stringContaining("Cannot transition") as string },
  });
  expect(gitlab.violations).toEqual([]);
});

const base = () => ({
  id: 5,
  sha,
  name: "Shardwright",
  ref: "feature",
  pipeline_id: 90,
  status: "created" as const,
  target_url: null,
  description: null,
});

test("a child pipeline's status counts for its parent; without a known one, for the commit's newest", async () => {
  gitlab.state.pipelines.push({ id: 95, sha, ref: "feature", source: "parent_pipeline" });
  const child = { CI_PIPELINE_SOURCE: "parent_pipeline", CI_PIPELINE_ID: "95" };
  const tellFrom = (more: Environment) => tell(green, ["status"], sessionOf(environment({ ...child, ...more })));
  // From GitLab 18.9 on, before it, and where the parent is a child itself.
  for (const more of [{ CI_UPSTREAM_PIPELINE_ID: "90" }, {}, { CI_UPSTREAM_PIPELINE_ID: "95" }])
    expect(await tellFrom(more)).toEqual({ status: isDone });
  expect(statuses().map(({ pipeline_id }) => pipeline_id)).toEqual([90, 91, 91]);
  // That is for children alone: elsewhere a pipeline that is not found is an error.
  const lost = await tell(green, ["status"], sessionOf(environment({ CI_PIPELINE_ID: "12345" })));
  expect(lost).toMatchObject({
    status: { outcome: "failed", note: expect.stringContaining("Pipeline for pipeline_id") as string },
  });
});

test("one comment is made, found again among many, and kept up to date; other names have their own", async () => {
  for (let id = 1; id <= 250; id += 1) notes().push({ id, author: 2, system: id % 2 === 0, body: `comment ${id}` });
  expect(await tell(red, ["comment"])).toEqual({ comment: isDone });
  expect(notes()).toHaveLength(251);
  expect(notes()[250]?.body).toContain("expected 1 to be 2");
  for (let id = 300; id <= 320; id += 1) notes().push({ id, author: 2, system: false, body: `comment ${id}` });
  await tell(green, ["comment"]);
  expect(notes()).toHaveLength(272);
  expect(notes()[250]?.body).toContain("Passed");
  await tell(red, ["comment"], sessionOf(environment(), { name: "e2e -- firefox" }));
  await tell(red, ["comment"], sessionOf(environment(), { name: "e2e -- firefox" }));
  expect(notes()).toHaveLength(273);
  expect(gitlab.violations).toEqual([]);
});

test("another's comment with the same mark is left alone, though the token could change it", async () => {
  gitlab.admit(token, { user: 1, maintainer: true });
  await tell(red, ["comment"]);
  const [own] = notes();
  notes().unshift({ id: 4, author: 2, system: false, body: own?.body ?? "" });
  await tell(green, ["comment"]);
  expect(notes().map(({ author, body }) => `${author} ${body.includes("Passed")}`)).toEqual(["2 false", "1 true"]);
});

test("a comment whose making had no answer is looked for before another is made", async () => {
  gitlab.faults.add(
    { match: /POST .*notes/, times: 1, answer: "lost" },
    { match: /POST .*notes/, times: 1, answer: { status: 502 } },
  );
  expect(await tell(red, ["comment"])).toEqual({ comment: isDone });
  expect(notes()).toHaveLength(1);
  notes().length = 0;
  expect(await tell(red, ["comment"])).toEqual({ comment: isDone });
  expect(notes()).toHaveLength(1);
  gitlab.faults.add({ match: /POST .*notes/, answer: { status: 502 } });
  notes().length = 0;
  expect(await tell(red, ["comment"])).toMatchObject({ comment: { outcome: "failed" } });
  expect(requests().filter((request) => request.startsWith("502 POST")).length).toBeLessThan(10);
});

test("nothing that a test is called or prints makes GitLab act, link or call people", async () => {
  const message = "/merge\n/approve\nsee @everyone, #12, !34 and %5";
  const hostile = reportWith({
    status: "failed",
    path: ["/close"],
    message,
    details: `${message}\n\`\`\`\n/assign @root\n\`\`\``,
  });
  await tell({ ...hostile, reason: "/merge it" }, ["comment"]);
  const [note] = notes();
  expect(gitlab.state.quickActions).toEqual([]);
  expect(note?.body.split("\n").filter((line) => /^\s*\//.test(line))).toEqual([]);
  const outside = (note?.body ?? "").replaceAll(/^(`{3,}).*?^\1$/gms, "").replaceAll(/<code>.*?<\/code>/g, "");
  expect(outside).not.toMatch(/(?:&#35;|[#!%])\d|@[a-z]/);
});

test("a report of any size is a comment that GitLab takes", async () => {
  const cases = Array.from({ length: 3000 }, (_, index) => ({
    path: [`case ${index} ${"x".repeat(50)}`],
    status: "failed" as const,
    message: `no ${index} ${"😀".repeat(50)}`,
    details: "at line\n".repeat(100),
  }));
  expect(await tell(reportWith(...cases), ["comment"])).toEqual({ comment: isDone });
  expect(notes()[0]?.body.length).toBeLessThanOrEqual(60_000);
});

test("a branch's pipeline comments on the merge request that is open for it", async () => {
  const none = { CI_MERGE_REQUEST_IID: undefined, CI_MERGE_REQUEST_PROJECT_ID: undefined };
  const open = { ...none, CI_OPEN_MERGE_REQUESTS: "group/shop!3,other/fork!9" };
  expect(await tell(red, ["comment"], sessionOf(environment(open)))).toEqual({ comment: isDone });
  expect(notes()).toHaveLength(1);
  expect(await tell(red, ["comment"], sessionOf(environment(none)))).toMatchObject({
    comment: { outcome: "failed", note: "this pipeline belongs to no merge request" },
  });
});

test("without a token nothing is asked of GitLab, and who asked for it is told what is needed", async () => {
  gitlab.admit("job-token", { kind: "job" });
  const session = sessionOf(environment(), { token: undefined });
  const published = await publish(gitlabProvider, publicationOf(red), session);
  expect(published.map(({ outcome }) => outcome)).toEqual(channelNames.map(() => "unavailable"));
  expect(gitlab.seen).toEqual([]);
  for (const name of ["status", "comment"] as const)
    expect(await tell(red, [name], session)).toMatchObject({
      [name]: { outcome: "failed", note: expect.stringContaining("SHARDWRIGHT_CI_TOKEN") as string },
    });
  expect(await tell(green, ["status"], sessionOf(environment({ GITLAB_TOKEN: token }), { token: undefined }))).toEqual({
    status: isDone,
  });
});

test("a token that is wrong, only reads, or belongs to a fork is said, and keeps nothing else back", async () => {
  gitlab.admit("reads", { writes: false });
  const folder = outputFolder();
  const wanted = ["results", "status", "comment"] as const;
  const said = await tell(red, wanted, sessionOf(environment(), { token: "reads", outputDir: folder }));
  expect(said).toMatchObject({ results: { outcome: "done" }, status: { outcome: "failed" }, comment: { outcome: "failed" } });
  expect(said.status?.note).toContain("403");
  expect((await tell(red, ["status"], sessionOf(environment(), { token: "wrong" }))).status?.note).toContain(
    "the token is wrong",
  );
  const fork = await tell(red, ["status"], sessionOf(environment({ CI_PROJECT_ID: "8" })));
  expect(fork.status?.note).toContain("404 Project Not Found");
});

test.each(["summary", "annotations"] as const)(
  "who asks for %s is told that GitLab has none, and what there is",
  async (name) => {
    expect(await tell(red, [name])).toEqual({
      [name]: { outcome: "failed", note: expect.stringMatching(/GitLab.*report/s) as string },
    });
  },
);

function outputFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "gitlab-report-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("GitLab is told paths as the repository has them, where the suite is a folder of it", async () => {
  const project = outputFolder();
  const session = sessionOf(environment({ CI_PROJECT_DIR: project }), {
    outputDir: join(project, "reports"),
    workspace: join(project, "packages", "shop"),
  });
  const artifact = { name: "shot.png", path: "artifacts/shot.png", bytes: 1, sha256: "0".repeat(64), type: "image/png" };
  const tasks = red.tasks.map((task) => ({
    ...task,
    attempts: task.attempts.map((attempt) => ({ ...attempt, artifacts: [artifact] })),
  }));
  expect(await tell({ ...red, tasks }, ["results"], session)).toEqual({ results: isDone });
  const text = readFileSync(join(project, "reports", "gitlab", "junit-1.xml"), "utf8");
  expect(text).toContain('file="packages/shop/a.test.js"');
  expect(text).toContain("[[ATTACHMENT|reports/artifacts/shot.png]]");
});

test("the test report lies beside the others, without what an earlier run left there", async () => {
  const folder = outputFolder();
  mkdirSync(join(folder, "gitlab"));
  for (const name of ["junit-1.xml", "junit-9.xml", "mine.txt"]) writeFileSync(join(folder, "gitlab", name), "old");
  expect(await tell(red, ["results"], sessionOf(environment(), { outputDir: folder }))).toEqual({ results: isDone });
  expect(readdirSync(join(folder, "gitlab")).toSorted()).toEqual(["junit-1.xml", "mine.txt"]);
  expect(readFileSync(join(folder, "gitlab", "junit-1.xml"), "utf8")).toContain("<failure>expected 1 to be 2</failure>");
  expect(gitlab.seen).toEqual([]);
});
