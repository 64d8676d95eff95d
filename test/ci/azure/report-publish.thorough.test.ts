import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { useSuite } from "../../cli/suite.ts";
import { runToEnd } from "../../processes.ts";
import { agentCommands } from "./agent-commands.ts";
import { startAzureDevOps } from "./server.ts";
import { commit, environmentOf, jobToken, jobVariables } from "./variables.ts";

const { folder, write } = useSuite();

test("files of other tools are shown where a run's own results would be, and again in the same places", async () => {
  const azure = await startAzureDevOps({ token: jobToken });
  onTestFinished(() => azure.close());
  execFileSync("git", ["init", "--quiet"], { cwd: folder() });
  write("src/cart.test.js", "");
  execFileSync("git", ["add", "--all"], { cwd: folder() });
  const publish = (failure: string, more: Readonly<Record<string, string>> = {}) => {
    write(
      "results/junit.xml",
      `<testsuite name="cart"><testcase name="adds ##vso[task.setvariable variable=x]y" file="src/cart.test.js" line="3">${failure}</testcase><testcase name="removes" file="src/cart.test.js"/></testsuite>`,
    );
    return runToEnd(["report", "publish", "results/*.xml"], {
      cwd: folder(),
      environment: {
        ...environmentOf(jobVariables(azure.collection, folder())),
        SYSTEM_ACCESSTOKEN: jobToken,
        AGENT_TEMPDIRECTORY: folder(),
        ...more,
      },
    });
  };
  const red = await publish('<failure message="##vso[task.complete result=Succeeded]expected 1 to be 2"/>');
  expect(red.code, red.output).toBe(1);
  expect(red.output).not.toContain(jobToken);
  const commands = agentCommands(red.output);
  // What tests are called commands nothing.
  expect(new Set(commands.map(({ area, event }) => `${area}.${event}`))).toEqual(
    new Set(["task.uploadsummary", "task.logissue"]),
  );
  const [issue] = commands.filter(({ event }) => event === "logissue");
  expect(issue?.properties).toMatchObject({ type: "error", linenumber: "3" });
  // The agent finds no repository by a relative path.
  expect(issue?.properties.sourcepath).toBe(join(folder(), "src", "cart.test.js"));
  const { store } = azure;
  expect(store.commitStatuses).toMatchObject([{ state: "failed", commit, description: "1 of 2 tests failed" }]);
  expect(store.threads).toMatchObject([{ status: "active" }]);
  expect([...store.runs.values()]).toMatchObject([
    { state: "Completed", results: [{ outcome: "Failed" }, { outcome: "Passed" }] },
  ]);

  const green = await publish("", { SYSTEM_JOBATTEMPT: "2" });
  expect(green.code, green.output).toBe(0);
  expect(store.commitStatuses.at(-1)).toMatchObject({ state: "succeeded" });
  expect(store.threads).toMatchObject([{ status: "fixed" }]);
  expect([...store.runs.values()].map(({ name }) => name)).toEqual(["Shardwright (superseded)", "Shardwright, attempt 2"]);
  expect(azure.violations).toEqual([]);
}, 60_000);
