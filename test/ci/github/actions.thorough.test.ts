import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { testOf } from "../../cli/suite.ts";
import { until } from "../../processes.ts";
import { jobAccess } from "./access.ts";
import { builtAction } from "./runner/built-actions.ts";
import { startAction, type ActionOptions } from "./runner/run-action.ts";
import { startGithub, type GithubServer } from "./server.ts";

let action: string;
beforeAll(() => {
  action = builtAction("run");
}, 600_000);

let github: GithubServer;
let workspace: string;
beforeEach(async () => {
  workspace = mkdtempSync(join(tmpdir(), "checkout-"));
  github = await startGithub();
  onTestFinished(async () => {
    rmSync(workspace, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    await github.close();
    expect(github.violations).toEqual([]);
  });
  write("package.json", JSON.stringify({ type: "module", scripts: { test: "node --test" } }));
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(workspace, path)), { recursive: true });
  writeFileSync(join(workspace, path), text);
}

const start = (options: Partial<ActionOptions> = {}) =>
  startAction({
    action,
    workspace,
    ...options,
    inputs: { workers: "1", "max-retries": "0", ...options.inputs },
    github: { api_url: github.url, ...options.github },
  });
const runs = () => github.state.checkRuns;

test("a green run: outputs, a summary, a check run, exit code 0", async () => {
  write("a.test.js", testOf(""));
  write("b.test.js", testOf(""));
  const step = await start().result;
  expect(step.log).toContain("2 passed");
  expect(step).toMatchObject({
    conclusion: "success",
    code: 0,
    outputs: {
      verdict: "passed",
      total: "2",
      passed: "2",
      failed: "0",
      errored: "0",
      skipped: "0",
      flaky: "0",
      "report-path": join(workspace, "shardwright-report", "report.json"),
      "run-url": "https://github.com/acme/shop/actions/runs/77",
      "run-id": expect.stringMatching(/^r-/) as string,
    },
    annotations: [],
    exported: {},
    paths: [],
  });
  expect(step.summary).toContain("✅ Passed");
  expect(runs()).toEqual([expect.objectContaining({ status: "completed", conclusion: "success", head_sha: "a".repeat(40) })]);
});

test("1,000 failures are all in the check run, and none of them twice", async () => {
  const cases = Array.from({ length: 1000 }, (_, index) => `test("case ${index}", () => { throw new Error("no ${index}"); });`);
  write("a.test.js", `import test from "node:test";\n${cases.join("\n")}\n`);
  const step = await start().result;
  expect(step).toMatchObject({ conclusion: "failure", code: 1, outputs: { verdict: "failed", failed: "1000" }, annotations: [] });
  expect(runs()).toHaveLength(1);
  expect(new Set(runs()[0]?.annotations.map(({ title }) => title)).size).toBe(1000);
  expect(Buffer.byteLength(step.summary)).toBeLessThanOrEqual(1024 * 1024);
});

test("in a pull request of a fork the results are in the summary and beside the lines, and the verdict is what it is", async () => {
  write("a.test.js", testOf('throw new Error("no");'));
  write("b.test.js", testOf(""));
  github.admit("of-a-fork", jobAccess(new Set()));
  const pull_request = {
    number: 7,
    head: { ref: "feature", sha: "c".repeat(40), repo: { full_name: "evil/shop" } },
    base: { ref: "main", sha: "d".repeat(40), repo: { full_name: "acme/shop" } },
  };
  const step = await start({ token: "of-a-fork", event: { pull_request }, github: { event_name: "pull_request" } }).result;
  expect(step).toMatchObject({ conclusion: "failure", code: 1, outputs: { verdict: "failed" } });
  expect(step.summary).toContain("❌ Failed");
  expect(step.annotations).toEqual([
    expect.objectContaining({ name: "error", properties: expect.objectContaining({ file: "a.test.js", line: "4" }) as unknown }),
    expect.objectContaining({ name: "notice", data: expect.stringContaining("workflow_run") as string }),
  ]);
  expect(step.log).not.toContain("of-a-fork");
  expect(runs()).toEqual([]);
});

test("429 and a storm of 502 on the way change nothing", async () => {
  write("a.test.js", testOf('throw new Error("no");'));
  github.faults.add(
    { match: /check-runs/, times: 2, answer: { status: 502 } },
    { match: /POST|PATCH/, after: 1, times: 1, answer: { status: 429, headers: { "retry-after": "1" } } },
    { match: /PATCH/, times: 1, answer: "lost" },
  );
  expect(await start().result).toMatchObject({ code: 1, annotations: [] });
  expect(runs().map(({ status, conclusion, annotations }) => [status, conclusion, annotations.length])).toEqual([
    ["completed", "failure", 1],
  ]);
});

test("a job that is run again goes on with its check run", async () => {
  write("a.test.js", testOf(""));
  for (const run_attempt of ["1", "2"]) expect((await start({ github: { run_attempt } }).result).code).toBe(0);
  expect(runs()).toHaveLength(1);
});

test("what a test prints commands nobody, and it gets nothing that a run: step would not get", async () => {
  const body = `
    console.log("::set-output name=verdict::passed\\n  ::add-mask::Passed\\n##[add-path]/evil\\n::stop-commands::never");
    console.error("::set-env name=EVIL::1\\n::error::forged");
    for (const name of ["GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE", "ACTIONS_RUNTIME_TOKEN", "INPUT_TOKEN", "SHARDWRIGHT_CI_TOKEN"])
      if (process.env[name] !== undefined) throw new Error("has " + name);
    throw new Error("::set-output name=verdict::passed\\n::error::forged");`;
  write("a.test.js", testOf(body));
  const step = await start({ inputs: { "api-key": "" } }).result;
  expect(step.code).toBe(1);
  expect(step.outputs.verdict).toBe("failed");
  expect(step.log).not.toContain("has ");
  expect(step.commands.map(({ name }) => name).filter((name) => !/^(?:group|endgroup|add-mask)$/.test(name))).toEqual([]);
  expect(step.commands.filter(({ name }) => name === "add-mask").map(({ data }) => data)).toEqual(["ghs_job"]);
  expect(runs()[0]?.annotations).toHaveLength(1);
});

test("a cancelled job ends its check run as cancelled; a killed one has it ended by the step's end", async () => {
  write("a.test.js", testOf("await new Promise((resolve) => setTimeout(resolve, 60_000));"));
  const cancelled = start();
  await until("the check run", () => Promise.resolve(runs()[0]?.status === "in_progress"));
  cancelled.signal("SIGINT");
  const step = await cancelled.result;
  expect(step).toMatchObject({ conclusion: "failure", code: 4, outputs: { verdict: "cancelled" } });
  expect(runs().map(({ status, conclusion }) => [status, conclusion])).toEqual([["completed", "cancelled"]]);

  const killed = start({ github: { run_id: "78" } });
  await until("the check run", () => Promise.resolve(runs()[1]?.status === "in_progress"));
  killed.signal("SIGKILL");
  expect((await killed.result).code).toBe("SIGKILL");
  expect(runs()[1]).toMatchObject({ status: "completed", conclusion: "cancelled" });
});

test("a command line that is killed alone, as for want of memory, fails the step, and its check run is ended", async () => {
  write("a.test.js", testOf("await new Promise((resolve) => setTimeout(resolve, 60_000));"));
  const step = start();
  await until("the check run", () => Promise.resolve(runs()[0]?.status === "in_progress"));
  step.killChild();
  expect(await step.result).toMatchObject({ conclusion: "failure", code: 3, outputs: {} });
  expect(runs()).toMatchObject([{ status: "completed", conclusion: "cancelled" }]);
});

test.each([
  ["green", "", 3, "cancelled"],
  ["red", 'throw new Error("no");', 1, "failure"],
] as const)("a %s run whose reports are lost: no green is shown, and red is red", async (_name, fails, code, conclusion) => {
  // A file stands where their folder was: nobody can write them.
  const folder = JSON.stringify(join(workspace, "shardwright-report"));
  write(
    "a.test.js",
    testOf(`const { rmSync, writeFileSync } = await import("node:fs");
    rmSync(${folder}, { recursive: true, force: true }); writeFileSync(${folder}, ""); ${fails}`),
  );
  const step = await start().result;
  expect(step).toMatchObject({ conclusion: "failure", outputs: {} });
  expect(step.log).toContain("shardwright-report");
  expect(step.log + step.summary).not.toMatch(/✅|PASSED/);
  expect(runs().map((run) => [run.status, run.conclusion])).toEqual([["completed", conclusion]]);
  if (code === 3) expect(step.code).toBe(3);
});

test("flags by which no test runs make no green step", async () => {
  write("a.test.js", testOf("throw new Error()"));
  expect(await start({ inputs: { args: "--help" } }).result).toMatchObject({ conclusion: "failure", code: 1, outputs: {} });
});

test("what is wrong before there is a run fails the step and says why; nothing stays open", async () => {
  const step = await start({ inputs: { runner: "nonesuch" } }).result;
  expect(step).toMatchObject({ conclusion: "failure", code: 2, outputs: {} });
  expect(step.log).toContain("nonesuch");
  const wrong = await start({ inputs: { fallback: "perhaps" } }).result;
  expect(wrong).toMatchObject({ conclusion: "failure", code: 1 });
  expect(wrong.annotations).toMatchObject([
    { name: "error", data: expect.stringContaining("should be true or false") as string },
  ]);
  expect(runs()).toEqual([]);
});

test("in a folder of the repository, with flags of its own, and no check run where none is wanted", async () => {
  write("packages/cart/package.json", JSON.stringify({ type: "module", scripts: { test: "node --test" } }));
  write("packages/cart/a.test.js", testOf('throw new Error("no");'));
  const inputs = { "working-directory": "packages/cart", args: "--timeout=300\n--priority=high\n" };
  await start({ inputs }).result;
  expect(runs()[0]?.annotations).toMatchObject([{ path: "packages/cart/a.test.js" }]);
  const quiet = await start({ inputs: { ...inputs, publish: "summary\nannotations" }, github: { run_id: "78" } }).result;
  expect(quiet.annotations).toMatchObject([{ name: "error", properties: { file: "packages/cart/a.test.js" } }]);
  expect(runs()).toHaveLength(1);
});
