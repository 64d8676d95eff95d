import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { useSuite } from "../../cli/suite.ts";
import { runToEnd } from "../../processes.ts";
import { startGitlab } from "./server.ts";

const { folder, write } = useSuite();
const sha = "a".repeat(40);
const token = "glpat-of-this-test";

test("files of other tools are shown where a run's own results would be, and again in the same places", async () => {
  const gitlab = await startGitlab();
  onTestFinished(() => gitlab.close());
  gitlab.admit(token);
  gitlab.state.pipelines.push({ id: 90, sha, ref: "feature", source: "push" });
  gitlab.state.notes.set(3, []);
  execFileSync("git", ["init", "--quiet"], { cwd: folder() });
  write("app/src/cart.test.js", "");
  execFileSync("git", ["add", "--all"], { cwd: folder() });
  const publish = (failure: string) => {
    write(
      "app/results/junit.xml",
      `<testsuite name="cart"><testcase name="adds /merge @all" file="src/cart.test.js" time="0.5">${failure}</testcase><testcase name="removes" file="src/cart.test.js"/></testsuite>`,
    );
    return runToEnd(["report", "publish", "results/*.xml"], {
      cwd: join(folder(), "app"),
      environment: {
        SHARDWRIGHT_CI_TOKEN: token,
        GITLAB_CI: "true",
        CI_API_V4_URL: gitlab.url,
        CI_PROJECT_ID: "7",
        CI_PROJECT_PATH: "group/shop",
        CI_PROJECT_DIR: folder(),
        CI_COMMIT_SHA: sha,
        CI_PIPELINE_ID: "90",
        CI_MERGE_REQUEST_IID: "3",
        CI_MERGE_REQUEST_PROJECT_ID: "7",
      },
    });
  };
  const red = await publish('<failure message="/close expected 1 to be 2"/>');
  expect(red.code, red.output).toBe(1);
  expect(red.output).not.toContain(token);
  expect(gitlab.state.statuses).toMatchObject([{ status: "failed", pipeline_id: 90 }]);
  const notes = gitlab.state.notes.get(3) ?? [];
  expect(notes).toHaveLength(1);
  expect(notes[0]?.body).toContain("expected 1 to be 2");
  const junit = () => readFileSync(join(folder(), "app/shardwright-report/gitlab/junit-1.xml"), "utf8");
  // As the repository names it, wherever the command was run.
  expect(junit()).toContain('file="app/src/cart.test.js"');
  expect(junit()).toContain("<failure>");

  const green = await publish("");
  expect(green.code, green.output).toBe(0);
  expect(gitlab.state.statuses.at(-1)).toMatchObject({ status: "success" });
  expect(gitlab.state.notes.get(3)).toHaveLength(1);
  expect(gitlab.state.notes.get(3)?.[0]?.body).not.toContain("expected 1 to be 2");
  expect(junit()).not.toContain("<failure>");
  expect(gitlab.state.quickActions).toEqual([]);
  expect(gitlab.violations).toEqual([]);
}, 60_000);

test("a token that may not write fails the step, and says which place could not be written", async () => {
  const gitlab = await startGitlab();
  onTestFinished(() => gitlab.close());
  gitlab.admit(token, { writes: false });
  gitlab.state.pipelines.push({ id: 90, sha, ref: "feature", source: "push" });
  write("junit.xml", '<testsuite name="cart"><testcase name="adds"/></testsuite>');
  const { code, output } = await runToEnd(["report", "publish", "junit.xml", "--publish", "status"], {
    cwd: folder(),
    environment: {
      SHARDWRIGHT_CI_TOKEN: token,
      GITLAB_CI: "true",
      CI_API_V4_URL: gitlab.url,
      CI_PROJECT_ID: "7",
      CI_COMMIT_SHA: sha,
      CI_PIPELINE_ID: "90",
    },
  });
  expect(output).toContain("The commit status could not be written");
  expect(output).not.toContain(token);
  expect(code).toBe(3);
}, 60_000);
