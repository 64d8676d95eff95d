import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { testOf, useSuite } from "../../cli/suite.ts";
import { runAgentJob } from "./agent.ts";
import { installShardwright } from "./checkout.ts";
import { startAzureDevOps } from "./server.ts";
import { expandTemplate } from "./template.ts";
import { commit, jobToken, jobVariables } from "./variables.ts";

const { folder, write } = useSuite();

test("a job with the template shows its tests in all places that Azure DevOps has", async () => {
  const azure = await startAzureDevOps({ token: jobToken });
  onTestFinished(() => azure.close());
  write("good.test.js", testOf(""));
  write("bad.test.js", testOf('throw new Error("50% of ]; are wrong");'));
  installShardwright(folder());
  const job = runAgentJob({
    steps: expandTemplate("run", { arguments: "--max-retries 0 --report-formats json,html", workers: 2 }),
    variables: jobVariables(azure.collection, folder()),
    secrets: { "System.AccessToken": jobToken },
  });
  onTestFinished(() => job.kill());
  const end = await job.ended;
  expect({ result: end.result, log: end.log }).toEqual({
    result: "failed",
    log: expect.stringContaining("2 discovered = 1 passed + 1 failed") as string,
  });
  expect(end.log).not.toContain(jobToken);
  expect(azure.violations).toEqual([]);
  expect(Object.keys(end.summaries)).toEqual(["Shardwright"]);
  expect(end.summaries.Shardwright).toContain("are wrong");
  expect(end.issues).toMatchObject([{ type: "error", message: expect.stringContaining("50% of ]; are wrong") as string }]);
  expect(end.commands.find(({ event }) => event === "logissue")?.properties.sourcepath).toBe(join(folder(), "bad.test.js"));
  expect(end.artifacts).toEqual(["shardwright-unit-1-1"]);
  const { store } = azure;
  expect(store.commitStatuses.at(-1)).toMatchObject({ state: "failed", commit, description: "1 of 2 tests failed" });
  expect(store.pullStatuses.at(-1)).toMatchObject({ state: "failed" });
  expect(store.threads).toMatchObject([{ status: "active" }]);
  const [run] = store.runs.values();
  expect(run).toMatchObject({ state: "Completed", results: [{ outcome: "Failed" }, { outcome: "Passed" }] });
  expect(run?.attachments.map(({ fileName }) => fileName)).toEqual(["report.html", "report.json"]);
  const html = readFileSync(join(folder(), "shardwright-report", "report.html"));
  expect(run?.attachments[0]?.content.equals(html)).toBe(true);
});

test("a project that has not our program is given it, in the version that is asked for", async () => {
  write(
    "bin/npx",
    `#!/bin/sh
case "$*" in
  "-c command -v shardwright") exit 127 ;;
  "--yes --package shardwright@"*" -c command -v shardwright") echo "${join(folder(), "bin", "asked")}"; echo "$3" > "${join(folder(), "asked.txt")}" ;;
  *) exit 9 ;;
esac
`,
  );
  write("bin/asked", '#!/bin/sh\necho "was called: $*, key ${SHARDWRIGHT_API_KEY-none}, ${CLI_VERSION-no version}"\n');
  for (const name of ["npx", "asked"]) chmodSync(join(folder(), "bin", name), 0o755);
  for (const version of ["", "1.2.3"]) {
    const job = runAgentJob({
      steps: expandTemplate("run", { version, apiKey: "$(missing)", arguments: "--max-retries 0", artifact: "" }),
      variables: jobVariables("http://127.0.0.1:9/", folder()),
      secrets: {},
      path: join(folder(), "bin"),
    });
    const { result, log } = await job.ended;
    expect({ result, log }).toEqual({ result: "succeeded", log: "was called: run --max-retries 0, key none, no version\n" });
    expect(readFileSync(join(folder(), "asked.txt"), "utf8")).toBe(`shardwright@${version || "latest"}\n`);
  }
});
