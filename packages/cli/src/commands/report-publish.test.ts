import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readReport, reportFromCases, writeJson, type RunReport } from "@shardwright/core";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { registerReport } from "./report.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "shardwright-publish-"));
  // Where the search for a configuration file ends.
  mkdirSync(join(directory, ".git"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const good = `<testsuite name="s"><testcase name="one" file="src/a.test.js" time="1"/></testsuite>`;
const bad = `<testsuite name="s"><testcase name="two" file="/elsewhere/app/src/b.test.js"><failure message="no">at x (/elsewhere/app/src/b.test.js:7:1)</failure></testcase></testsuite>`;

function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}

async function publish(args: string[], environment: Record<string, string> = {}) {
  const done = { code: undefined as number | undefined, out: "", err: "" };
  const stream = (into: "out" | "err") =>
    ({ isTTY: false, write: (text: string) => (done[into] += text) !== "" }) as unknown as NodeJS.WriteStream;
  const program = new Command("shardwright").exitOverride().configureOutput({ writeErr: (text) => void (done.err += text) });
  registerReport(program, {
    environment,
    directory,
    stdout: stream("out"),
    stderr: stream("err"),
    exit: (code) => {
      done.code = code;
    },
  });
  await program.parseAsync(["report", "publish", ...args], { from: "user" });
  return done;
}

function report(): RunReport {
  return readReport(JSON.parse(readFileSync(join(directory, "shardwright-report/report.json"), "utf8")));
}

describe("what is read", () => {
  test("any mixture, patterns that leave out, the files of the checkout", async () => {
    write({ "r/a.xml": good, "r/b.xml": bad, "r/old.xml": bad, "src/b.test.js": "", "src/a.test.js": "" });
    const { code, out } = await publish(["r/*.xml", "!r/old.xml"]);
    expect(code).toBe(1);
    expect(out).toContain("from   2 files");
    expect(report().tasks.map(({ file }) => file)).toEqual(["src/a.test.js", "src/b.test.js"]);
    expect(report().tasks[1]?.attempts[0]?.cases[0]).toMatchObject({ file: "src/b.test.js", line: 7 });
  });

  test("a file that was cut off is errored, and the others are there", async () => {
    write({ "a.xml": good, "b.xml": `<testsuite name="s"><testcase` });
    expect((await publish(["*.xml"])).code).toBe(3);
    const { verdict, cases, tasks, run } = report();
    expect(run.duration_ms).toBeLessThan(60_000);
    expect({ verdict, total: cases.total }).toEqual({ verdict: "errored", total: 2 });
    expect(tasks.find(({ file }) => file === "b.xml")?.attempts[0]?.cases[0]?.message).toContain("b.xml");
  });

  test("nothing is no success, unless it is said to be one", async () => {
    await expect(publish(["*.xml"])).rejects.toThrow("No file matches *.xml");
    expect((await publish(["*.xml", "--allow-empty"])).code).toBe(0);
    write({ "e.xml": "<testsuites/>" });
    expect((await publish(["e.xml"])).code).toBe(3);
    expect((await publish(["e.xml", "--allow-empty"])).code).toBe(0);
    await expect(publish(["e.xml", "--expect", "2"])).rejects.toThrow("--expect says 2");
  });

  test("a prefix is taken off where there is no checkout", async () => {
    write({ "b.xml": bad });
    await publish(["b.xml", "--strip-prefix", "/elsewhere/app"]);
    expect(report().tasks[0]?.file).toBe("src/b.test.js");
  });
});

test("the notifiers of plugins are told as well, and one that fails is named", async () => {
  write({
    "shardwright.config.mjs": `import { writeFileSync } from "node:fs";
const named = (name, send) => ({ name, version: "1.0.0", setup: (api) => api.notifier({ name, send }) });
export default { plugins: [
  named("file", ({ title, report }) => writeFileSync(${JSON.stringify(join(directory, "told.txt"))}, report.verdict + " " + title)),
  named("broken", () => { throw new Error("no line"); }),
] };
`,
    "b.xml": bad,
  });
  const { code, err } = await publish(["b.xml"]);
  expect(code).toBe(1);
  expect(readFileSync(join(directory, "told.txt"), "utf8")).toMatch(/^failed .*1 of 1 test failed$/);
  expect(err).toContain("The plugin broken failed in the notifier broken: no line. Nobody was told by it.");
});

test("--fail-on never ends with 0 whatever the tests said, and the verdict stays", async () => {
  write({ "b.xml": bad });
  const { code, out } = await publish(["b.xml", "--fail-on", "never", "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ verdict: "failed", published: [] });
});

describe("what it is about", () => {
  const [head, other] = ["a".repeat(40), "b".repeat(40)];
  const job = {
    GITHUB_ACTIONS: "true",
    GITHUB_SHA: "c".repeat(40),
    GITHUB_REF_NAME: "main",
    GITHUB_REPOSITORY: "acme/shop",
    GITHUB_RUN_ID: "1",
  };

  test("the job, where nothing else is known", async () => {
    write({ "a.xml": good });
    await publish(["a.xml"], job);
    expect(report().run.context).toMatchObject({ provider: "github", commit: job.GITHUB_SHA, branch: "main" });
  });

  test("of a job that follows a run, that run", async () => {
    write({
      "a.xml": good,
      "event.json": JSON.stringify({
        workflow_run: {
          head_sha: head,
          head_branch: "feature",
          html_url: "https://github.com/acme/shop/actions/runs/9",
          run_attempt: 2,
          actor: { login: "ada" },
          head_repository: { full_name: "eve/shop" },
          repository: { full_name: "acme/shop" },
          pull_requests: [],
        },
      }),
    });
    const environment = { ...job, GITHUB_EVENT_NAME: "workflow_run", GITHUB_EVENT_PATH: join(directory, "event.json") };
    await publish(["a.xml", "--pull-request", "12"], environment);
    expect(report().run.context).toEqual({
      provider: "github",
      commit: head,
      branch: "feature",
      pull_request: "12",
      actor: "ada",
      build_url: "https://github.com/acme/shop/actions/runs/9",
      attempt: 2,
      repository: "acme/shop",
      fork: true,
    });
  });

  test("a job that follows a run believes nothing that lies around it: neither a configuration, nor git's, nor whose run it was", async () => {
    const mark = join(directory, "was-run");
    const context = { provider: "github", commit: other, branch: "main", pull_request: "3", repository: "acme/shop" };
    const files = [{ file: "x.js", cases: [{ path: ["x"], ordinal: 0, status: "passed" as const, duration_ms: 1, retries: 0 }] }];
    rmSync(join(directory, ".git"), { recursive: true });
    execFileSync("git", ["init", "--quiet"], { cwd: directory });
    write({
      "r.json": writeJson(reportFromCases({ name: "r", files, context })),
      "shardwright.config.mjs": `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(mark)}, ""); export default {};`,
      "event.json": JSON.stringify({ workflow_run: { head_sha: head, head_branch: "feature" } }),
    });
    execFileSync("git", ["add", "r.json"], { cwd: directory });
    execFileSync("git", ["config", "core.fsmonitor", `touch ${mark}; false`], { cwd: directory });
    const follows = { ...job, GITHUB_EVENT_NAME: "workflow_run", GITHUB_EVENT_PATH: join(directory, "event.json") };
    expect((await publish(["r.json"], follows)).err).toContain("shardwright.config.mjs is not read");
    expect(existsSync(mark)).toBe(false);
    expect(report().run.context).toMatchObject({ commit: head, branch: "feature" });
    // By name it is.
    await publish(["r.json", "--config", "shardwright.config.mjs"], follows);
    expect(existsSync(mark)).toBe(true);
  });

  test.each([
    ["success", [], "passed", 0],
    ["failure", [], "incomplete", 3],
    ["cancelled", [], "incomplete", 3],
    // All there must be is there: something else has failed.
    ["failure", ["--expect", "1"], "passed", 0],
  ] as const)("green files of a run that ended with %s, %j: %s", async (conclusion, flags, verdict, code) => {
    write({ "a.xml": good, "event.json": JSON.stringify({ workflow_run: { head_sha: head, head_branch: "x", conclusion } }) });
    const follows = { ...job, GITHUB_EVENT_NAME: "workflow_run", GITHUB_EVENT_PATH: join(directory, "event.json") };
    expect((await publish(["a.xml", "--publish", "none", ...flags], follows)).code).toBe(code);
    expect(report().verdict).toBe(verdict);
  });

  test("what a report.json says comes before the job, and what the user says before all", async () => {
    const context = { provider: "github", commit: head, branch: "feature", pull_request: "3", repository: "acme/shop" };
    write({
      "a.xml": good,
      "r.json": writeJson(
        reportFromCases({
          name: "r",
          files: [{ file: "x.js", cases: [{ path: ["x"], ordinal: 0, status: "passed", duration_ms: 1, retries: 0 }] }],
          context,
        }),
      ),
    });
    await publish(["a.xml", "r.json"], job);
    expect(report().run.context).toEqual(context);
    await publish(["a.xml", "r.json", "--commit", other], job);
    // The pull request and the branch were the other commit's.
    expect(report().run.context).toEqual({ provider: "github", commit: other, repository: "acme/shop" });
  });

  test.each([
    ["--commit", "HEAD"],
    ["--pull-request", "#12"],
    ["--build-url", "example.com"],
    ["--branch", "x".repeat(600)],
  ])("%s %s is refused by name", async (flag, value) => {
    write({ "a.xml": good });
    await expect(publish(["a.xml", flag, value])).rejects.toThrow(flag);
  });
});
