import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reportFromCases, writeJson, writeJunit } from "@shardwright/core";
import { beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { builtAction } from "./runner/built-actions.ts";
import { startAction, type ActionOptions } from "./runner/run-action.ts";
import { startGithub, type GithubServer } from "./server.ts";

const sha = "c".repeat(40);

let action: string;
beforeAll(() => {
  action = builtAction("report");
}, 600_000);

let github: GithubServer;
let workspace: string;
beforeEach(async () => {
  workspace = mkdtempSync(join(tmpdir(), "follow-up-"));
  github = await startGithub();
  onTestFinished(async () => {
    rmSync(workspace, { recursive: true, force: true });
    await github.close();
    expect(github.violations).toEqual([]);
  });
});

/** What a job of a fork left: red, and lying about where it belongs. */
const left = reportFromCases({
  name: "run",
  context: { provider: "github", commit: "e".repeat(40), pull_request: "1", repository: "acme/shop" },
  files: [
    {
      file: "a.test.js",
      cases: [
        { path: ["adds"], ordinal: 0, status: "failed", message: "expected 1 to be 2", duration_ms: 1, retries: 0, line: 3 },
        { path: ["takes away"], ordinal: 0, status: "passed", duration_ms: 1, retries: 0 },
      ],
    },
  ],
});

const workflow_run = {
  id: 70,
  head_sha: sha,
  head_branch: "feature",
  html_url: "https://github.com/acme/shop/actions/runs/70",
  repository: { full_name: "acme/shop" },
  head_repository: { full_name: "evil/shop", owner: { login: "evil" } },
  pull_requests: [],
};

const start = (options: Partial<ActionOptions> = {}) =>
  startAction({
    action,
    workspace,
    event: { workflow_run },
    ...options,
    github: { api_url: github.url, event_name: "workflow_run" },
  });

test("a workflow that follows shows a fork's results at the fork's commit and pull request, whatever the files say", async () => {
  writeFileSync(join(workspace, "report.json"), writeJson(left));
  github.state.pulls.push({ number: 7, head: "evil:feature", sha });
  const inputs = { files: "report.json", publish: "summary\nstatus\ncomment", "output-dir": "merged" };
  const step = await start({ inputs }).result;
  expect(step.log).toContain("1 of 1 task failed");
  expect(step).toMatchObject({ conclusion: "success", code: 0, outputs: { verdict: "failed", failed: "1", passed: "1" } });
  expect(step.summary).toContain("❌ Failed");
  expect(github.state.checkRuns).toEqual([
    expect.objectContaining({
      head_sha: sha,
      status: "completed",
      conclusion: "failure",
      details_url: "https://github.com/acme/shop/actions/runs/70",
      annotations: [expect.objectContaining({ path: "a.test.js", start_line: 3 })],
    }),
  ]);
  expect(github.state.comments).toEqual([expect.objectContaining({ issue: 7 })]);
});

test("JUnit files of any tool do as well; the step fails for failed tests where it is told to, and for files that are missing", async () => {
  writeFileSync(join(workspace, "junit.xml"), [...writeJunit(left)].join(""));
  const inputs = { files: "*.xml", "fail-on": "failed", "output-dir": "merged" };
  expect(await start({ inputs }).result).toMatchObject({ code: 1, outputs: { verdict: "failed", failed: "1" } });
  const missing = await start({ inputs: { ...inputs, expect: "2" } }).result;
  expect(missing.conclusion).toBe("failure");
  expect(github.state.checkRuns).toHaveLength(1);
});
