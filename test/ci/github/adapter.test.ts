import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
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
import { jobAccess } from "./access.ts";
import { startGithub, type GithubServer } from "./server.ts";

const sha = "a".repeat(40);
const token = "ghs_job";
const found = providers.find(({ name }) => name === "github");
if (found === undefined) throw new Error("there is no provider for GitHub");
const provider = found;

let github: GithubServer;
let folder: string;
let lines: string[];
/** Only waiting moves it, for the server too. */
let now_ms: number;
beforeEach(async () => {
  now_ms = 1_800_000_000_000;
  lines = [];
  folder = mkdtempSync(join(tmpdir(), "github-"));
  github = await startGithub({ token, now_ms: () => now_ms });
  onTestFinished(async () => {
    rmSync(folder, { recursive: true });
    await github.close();
    expect(github.violations).toEqual([]);
  });
});

function environment(more: Environment = {}, event: unknown = { pull_request: pullEvent("acme/shop") }): Environment {
  const path = join(folder, "event.json");
  writeFileSync(path, JSON.stringify(event));
  return {
    GITHUB_ACTIONS: "true",
    GITHUB_API_URL: github.url,
    GITHUB_REPOSITORY: "acme/shop",
    GITHUB_SHA: "b".repeat(40),
    GITHUB_REF: "refs/pull/7/merge",
    GITHUB_RUN_ID: "77",
    GITHUB_RUN_ATTEMPT: "1",
    GITHUB_JOB: "test",
    GITHUB_WORKSPACE: "/home/runner/work/shop/shop",
    GITHUB_EVENT_NAME: "pull_request",
    GITHUB_EVENT_PATH: path,
    GITHUB_STEP_SUMMARY: join(folder, "summary.md"),
    ...more,
  };
}

function pullEvent(repository: string) {
  return {
    number: 7,
    head: { ref: "feature", sha, repo: { full_name: repository } },
    base: { ref: "main", sha: "c".repeat(40), repo: { full_name: "acme/shop" } },
  };
}

function sessionOf(env: Environment, more: Partial<Session> = {}): Session {
  const signal = new AbortController().signal;
  const fetch = politeFetch({
    signal,
    now_ms: () => now_ms,
    wait: (ms) => Promise.resolve(void (now_ms += ms)),
    random: () => 0.5,
  });
  const workspace = "/home/runner/work/shop/shop";
  const write = (line: string) => void lines.push(line);
  return { env, token, name: "Shardwright", workspace, fetch, write, now_ms: () => now_ms, signal, ...more };
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
const bad = { status: "failed", message: "expected 1 to be 2" } as const;
const red = reportWith({ ...bad, path: ["adds"], line: 3 }, {});
const withFailures = (count: number) =>
  reportWith(...Array.from({ length: count }, (_, index) => ({ ...bad, path: [`case ${index}`], line: index + 1 })));

async function tell(report: RunReport, session = sessionOf(environment()), wanted?: readonly ChannelName[]) {
  const published = await publish(provider, publicationOf(report), session, wanted);
  return Object.fromEntries(published.map(({ channel, outcome, note }) => [channel.name, note ?? outcome]));
}
const runs = () => github.state.checkRuns;
const summary = () => readFileSync(join(folder, "summary.md"), "utf8");

test("a red run: a check run at the pull request's commit with what failed beside its line, a summary, and nothing twice", async () => {
  expect(await tell(red)).toEqual({ summary: "done", status: "done", annotations: "done" });
  expect(runs()).toEqual([
    expect.objectContaining({
      name: "Shardwright",
      head_sha: sha,
      status: "completed",
      conclusion: "failure",
      details_url: "https://github.com/acme/shop/actions/runs/77",
      external_id: expect.stringMatching(/^github:acme\/shop:77:test\/1\/[0-9a-f]{16}$/) as string,
      annotations: [expect.objectContaining({ path: "a.test.js", start_line: 3, annotation_level: "failure", title: "adds" })],
    }),
  ]);
  expect(runs()[0]?.output).toMatchObject({ title: "1 of 2 tests failed" });
  expect(runs()[0]?.output.text).toContain("adds");
  expect(summary()).toContain("Failed");
  expect(lines).toEqual([]);
  expect(github.state.comments).toEqual([]);
});

test("paths begin at the repository where the workspace is a folder in it", async () => {
  await tell(red, sessionOf(environment(), { workspace: "/home/runner/work/shop/shop/packages/cart" }));
  expect(runs()[0]?.annotations).toEqual([expect.objectContaining({ path: "packages/cart/a.test.js" })]);
});

test("1,000 failures are 20 requests of 50; 1,100 are as many, and what is left out is said", async () => {
  expect(await tell(withFailures(1000))).toMatchObject({ status: "done" });
  expect(runs()[0]?.annotations).toHaveLength(1000);
  expect(new Set(runs()[0]?.annotations.map(({ start_line }) => start_line)).size).toBe(1000);
  const writes = github.seen.filter(({ request }) => !request.startsWith("GET"));
  expect(writes).toHaveLength(20);
  const { status } = await tell(withFailures(1100), sessionOf(environment({ GITHUB_RUN_ID: "78" })));
  expect(status).toBe("1,000 of 1,100 annotations are shown, which is the limit; the report has all");
  expect(Buffer.byteLength(runs()[0]?.output.text ?? "")).toBeLessThanOrEqual(65_535);
});

test("the secondary limit is waited for", async () => {
  github.faults.add({ match: /POST/, times: 2, answer: { status: 403, headers: { "retry-after": "30" } } });
  github.faults.add({ match: /PATCH/, times: 1, answer: { status: 429, headers: { "retry-after": "5" } } });
  const before_ms = now_ms;
  expect(await tell(withFailures(120))).toMatchObject({ status: "done" });
  expect(now_ms - before_ms).toBe(65_000);
  expect(runs()[0]?.annotations).toHaveLength(120);
});

test("a storm of 502 and lost answers makes nothing twice", async () => {
  github.faults.add(
    { match: /GET/, times: 3, answer: { status: 502 } },
    { match: /POST/, times: 1, answer: "lost" },
    { match: /PATCH/, times: 1, answer: "lost" },
    { match: /PATCH/, times: 1, answer: { status: 502 } },
  );
  expect(await tell(withFailures(120))).toMatchObject({ status: "done", annotations: "done" });
  expect(runs()).toHaveLength(1);
  expect(runs()[0]?.annotations).toHaveLength(120);
});

test("when GitHub stays away after the verdict, what is missing is said; when it was never there, annotations go into the log", async () => {
  github.faults.add({ match: /PATCH/, answer: { status: 502 } });
  expect((await tell(withFailures(120))).status).toMatch(/^50 of 120 annotations are shown: PATCH .* 502/);
  expect(runs()[0]?.conclusion).toBe("failure");
  github.faults.clear();
  github.faults.add({ answer: { status: 503 } });
  const { status, annotations } = await tell(withFailures(12), sessionOf(environment({ GITHUB_RUN_ID: "78" })));
  expect(status).toContain("503");
  expect(annotations).toContain("10 of 12 are shown");
  expect(lines.filter((line) => line.startsWith("::error "))).toHaveLength(10);
});

test("a fork's token may only read: the summary and the log have the results, and the remedy is said", async () => {
  github.admit("fork", jobAccess(new Set()));
  const told = await tell(red, sessionOf(environment({}, { pull_request: pullEvent("evil/shop") }), { token: "fork" }));
  expect(told).toMatchObject({ summary: "done", annotations: "done" });
  expect(told.status).toContain("403");
  expect(lines).toEqual([
    expect.stringMatching(/^::notice title=Shardwright::.*workflow_run/),
    "::error file=a.test.js,line=3,title=adds::expected 1 to be 2",
  ]);
  expect(runs()).toEqual([]);
});

test("what a report says of itself, which a fork may have written, is text in the check run", async () => {
  const said = "<img src=x> [all good](https://evil.example) @acme/team";
  const session = sessionOf(environment());
  await tell({ ...red, reason: said }, session);
  expect(runs()[0]?.output.summary).toContain("all good");
  const live = await provider.startStatus?.({ run: "r-0000000000000001", title: "Runs", commit: sha, url: undefined }, session);
  await live?.abandon(said);
  for (const { output } of runs()) expect(output.summary).not.toMatch(/<img|\]\(|@acme/);
});

test("no test's words command the runner", async () => {
  const message = "50%\n::set-output name=x::1\r::stop-commands::t ##[add-mask]x";
  const path = ["a,b:c\n::add-mask::x"];
  await tell(reportWith({ ...bad, message, path }), sessionOf(environment()), ["annotations"]);
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toMatch(/[\r\n]|##\[/);
  expect(lines[0]).toMatch(/^::error file=a\.test\.js,line=1,title=a%2Cb%3Ac[^:]*::50%25%0A/);
});

test("a job that is run again goes on with its check run while nothing is beside lines, else makes one that stands in its place", async () => {
  await tell(green);
  await tell(green, sessionOf(environment({ GITHUB_RUN_ATTEMPT: "2" })));
  expect(runs()).toHaveLength(1);
  await tell(red, sessionOf(environment({ GITHUB_RUN_ATTEMPT: "3" })));
  expect(runs().map(({ conclusion }) => conclusion)).toEqual(["failure"]);
  await tell(green, sessionOf(environment({ GITHUB_RUN_ATTEMPT: "4" })));
  expect(runs().map(({ conclusion, annotations }) => [conclusion, annotations.length])).toEqual([
    ["failure", 1],
    ["success", 0],
  ]);
  // Another workflow of the same commit has its own.
  await tell(red, sessionOf(environment({ GITHUB_RUN_ID: "78" })));
  expect(runs().map(({ conclusion }) => conclusion)).toEqual(["failure", "success", "failure"]);
});

test.each(["red before green", "green before red"])(
  "%s: of two jobs of a workflow with one name none stands green before the other",
  async (order) => {
    const jobs = order === "red before green" ? [red, green] : [green, red];
    for (const [index, report] of jobs.entries()) {
      const run = { ...report.run, id: `r-000000000000000${index}` };
      const { status } = await tell({ ...report, run }, sessionOf(environment(index === 0 ? {} : { GITHUB_JOB: "other" })));
      if (index === 1) expect(status).toContain("publish-name");
    }
    expect(runs().map(({ status, conclusion }) => [status, conclusion])).toEqual([
      ["completed", "failure"],
      ["completed", "failure"],
    ]);
    expect(runs().filter(({ output }) => output.title === "Another run of this name has not passed")).toHaveLength(1);
    // With a name of its own, each says its own.
    await tell(green, sessionOf(environment({ GITHUB_JOB: "third" }), { name: "third" }));
    expect(runs().at(-1)).toMatchObject({ name: "third", conclusion: "success" });
  },
);

test("jobs of a matrix that run each for itself do not write into each other's check run", async () => {
  const id = (digit: number) => `r-000000000000000${digit}`;
  for (const digit of [1, 2]) await tell({ ...green, run: { ...green.run, id: id(digit) } });
  expect(runs().map(({ conclusion }) => conclusion)).toEqual(["success", "success"]);
  await tell({ ...red, run: { ...red.run, id: id(3) } });
  expect(runs().map(({ conclusion }) => conclusion)).toEqual(["failure", "failure", "failure"]);
});

test("a summary takes what room the step has left, and says so when there is none", async () => {
  const path = join(folder, "summary.md");
  const limit = 1024 * 1024;
  writeFileSync(path, "x".repeat(limit - 100_000));
  // Each of another cause, which numbers alone are not.
  const word = (index: number) => String(index).replaceAll(/\d/g, (digit) => "abcdefghij".charAt(Number(digit)));
  const many = Array.from({ length: 300 }, (_, index) => ({ ...bad, message: `no ${word(index)}: ${"y ".repeat(700)}` }));
  await tell(reportWith(...many), sessionOf(environment()), ["summary"]);
  const bytes = Buffer.byteLength(summary());
  expect(bytes).toBeGreaterThan(limit - 100_000);
  expect(bytes).toBeLessThanOrEqual(limit);
  expect(summary()).toContain("more in the HTML report");
  writeFileSync(path, "x".repeat(limit - 18_000));
  expect((await tell(red, sessionOf(environment()), ["summary"])).summary).toMatch(/^nothing was written/);
  expect(Buffer.byteLength(summary())).toBe(limit - 18_000);
});

test("a comment is made when it was asked for, then kept up to date; those of others are left alone", async () => {
  const mark = "<!-- shardwright:Shardwright -->";
  github.state.comments.push(
    { id: 1, issue: 7, login: "mallory", app: 0, body: `${mark}\nnot ours`, edits: 0 },
    ...Array.from({ length: 120 }, (_, index) => ({ id: index + 2, issue: 7, login: "alice", app: 0, body: "words", edits: 0 })),
  );
  expect(await tell(red, sessionOf(environment()), ["comment"])).toEqual({ comment: "done" });
  await tell(green, sessionOf(environment()), ["comment"]);
  const own = github.state.comments.filter(({ login }) => login === "github-actions[bot]");
  expect(own).toEqual([expect.objectContaining({ issue: 7, edits: 1 })]);
  expect(own[0]?.body).toMatch(new RegExp(`^${mark}\n## ✅ Passed`));
  expect(github.state.comments[0]?.edits).toBe(0);
  // A second name has one of its own, also when the answer to its making is lost.
  github.faults.add({ match: /POST/, times: 1, answer: "lost" });
  await tell(red, sessionOf(environment(), { name: "load" }), ["comment"]);
  expect(github.state.comments.filter(({ login }) => login === "github-actions[bot]")).toHaveLength(2);
});

test("with a person's token the comment is that person's", async () => {
  github.admit("alice", { ...jobAccess(), kind: "personal", login: "alice", app: 0 });
  for (const report of [red, green]) await tell(report, sessionOf(environment(), { token: "alice" }), ["comment"]);
  expect(github.state.comments).toEqual([expect.objectContaining({ login: "alice", edits: 1 })]);
});

test("a workflow that follows the one of a fork speaks of its commit and of its pull request", async () => {
  const workflow_run = {
    id: 70,
    head_sha: sha,
    head_branch: "feature",
    repository: { full_name: "acme/shop" },
    head_repository: { full_name: "evil/shop", owner: { login: "evil" } },
    pull_requests: [],
  };
  github.state.pulls.push({ number: 7, head: "evil:feature", sha }, { number: 9, head: "acme:feature", sha });
  const env = environment({ GITHUB_EVENT_NAME: "workflow_run", GITHUB_REF: "refs/heads/main" }, { workflow_run });
  await tell(red, sessionOf(env), ["status", "comment"]);
  expect(runs()).toEqual([expect.objectContaining({ head_sha: sha, conclusion: "failure" })]);
  expect(github.state.comments).toEqual([expect.objectContaining({ issue: 7 })]);
  // Since then somebody has pushed: that is not what these results are of.
  github.state.pulls[0] = { number: 7, head: "evil:feature", sha: "d".repeat(40) };
  expect((await tell(red, sessionOf(env), ["comment"])).comment).toContain("no pull request");
});

test("while the run goes on its check run says how far it is, at most every 10 s, and the verdict ends it", async () => {
  const session = sessionOf(environment());
  const live = await provider.startStatus?.(
    { run: "r-0000000000000001", title: "Runs", commit: sha, url: "https://github.example/run" },
    session,
  );
  if (live === undefined) throw new Error("there is no live status");
  await live.close();
  expect(runs()).toMatchObject([{ status: "in_progress", details_url: "https://github.example/run" }]);
  const second = await provider.startStatus?.({ run: "r-0000000000000001", title: "Runs", commit: sha, url: undefined }, session);
  await expect.poll(() => github.seen.filter(({ request }) => request.startsWith("PATCH")).length).toBe(1);
  for (let done = 1; done <= 40; done += 1) {
    now_ms += 1000;
    const progress = () => {
      second?.progress(done, 40, 2);
      return runs()[0]?.output.title;
    };
    progress();
    // What is under way holds the next back: only the clock decides here.
    if (done % 10 === 0) await expect.poll(progress).toBe(`${done} of 40 files, 2 failed`);
  }
  expect(github.seen.filter(({ request }) => request.startsWith("PATCH"))).toHaveLength(5);
  await second?.close();
  await tell(red, { ...session, shownRun: "r-0000000000000001" });
  expect(runs()).toMatchObject([{ status: "completed", conclusion: "failure" }]);
});

test("a run that ends without a verdict is cancelled and not green, nor open for ever", async () => {
  const session = sessionOf(environment());
  const live = await provider.startStatus?.({ run: "r-0000000000000001", title: "Runs", commit: sha, url: undefined }, session);
  await live?.abandon("The coordinator refused the token.");
  expect(runs()).toMatchObject([{ status: "completed", conclusion: "cancelled" }]);
});
