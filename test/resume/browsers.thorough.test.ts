import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunReport, caseKey, runReportSchema } from "@shardwright/core";
import { expect, onTestFinished } from "vitest";
import { testIn } from "../../packages/browsers/src/testing/real-browsers.ts";
import { startFleet } from "../cli/fleet.ts";
import { runToEnd, until } from "../processes.ts";

const caseCount = 6;
/** The case under which something dies where it is begun first. */
const fatalCase = 3;

/** Each case writes down that it ran, in a page; under one of them something happens the first time. */
function moduleWith(happens: string): string {
  return `import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "@shardwright/browsers/test";
const place = (name) => join(import.meta.dirname, name);
async function strike({ browser }) { ${happens} }
for (let number = 0; number < ${caseCount}; number += 1)
  test("case " + number, async ({ page, browser, expect }) => {
    appendFileSync(place("ran"), number + "\\n");
    expect(await page.evaluate((value) => value + 1, number)).toBe(number + 1);
    if (number !== ${fatalCase} || existsSync(place("struck"))) return;
    writeFileSync(place("struck"), "");
    await strike({ browser });
  }, { timeout: 600 });
`;
}

const killsBrowser = `
  const client = await browser.newBrowserCDPSession();
  const { processInfo } = await client.send("SystemInfo.getProcessInfo");
  process.kill(processInfo.find(({ type }) => type === "browser").id, "SIGKILL");
  await new Promise(() => {});`;

function projectWith(happens: string) {
  const folder = mkdtempSync(join(tmpdir(), "shardwright-browser-resume-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  writeFileSync(join(folder, "many.browser.mjs"), moduleWith(happens));
  const lines = () => readFileSync(join(folder, "ran"), "utf8").trim().split("\n").map(Number);
  return {
    folder,
    isStruck: () => existsSync(join(folder, "struck")),
    begun: () => Array.from({ length: caseCount }, (_, number) => lines().filter((line) => line === number).length),
    report: () => runReportSchema.parse(JSON.parse(readFileSync(join(folder, "shardwright-report", "report.json"), "utf8"))),
  };
}

const command = ["run", "--runner", "browser", "--max-retries", "0"];
const onceButForOne = Array.from({ length: caseCount }, (_, number) => (number === fatalCase ? 2 : 1));

function expectResumed({ verdict, cases, tasks }: RunReport, first: string): void {
  expect(verdict).toBe("passed");
  expect(cases).toMatchObject({ total: caseCount, passed: caseCount, flaky: 0 });
  const [task] = tasks;
  expect(task?.attempts.map(({ status }) => status)).toEqual([first, "passed"]);
  expect(task?.attempts[1]?.resumed).toEqual({ attempt: 1, cases: fatalCase });
  expect(new Set(task?.attempts[1]?.cases.map(caseKey)).size).toBe(caseCount);
}

testIn(
  "chromium",
  "a browser that is killed in the middle of a file costs the case that was under way, and no other",
  async () => {
    const project = projectWith(killsBrowser);
    const { code, output } = await runToEnd([...command, "--workers", "1"], { cwd: project.folder });
    expect(code, output).toBe(0);
    expect(project.begun()).toEqual(onceButForOne);
    const report = project.report();
    expectResumed(report, "errored");
    expect(report.tasks[0]?.attempts[0]?.failure).toMatchObject({ kind: "browser-crash" });
    expect(report.tasks[0]?.attempts[0]?.cases.at(-1)).toMatchObject({ path: [`case ${fatalCase}`], status: "errored" });
  },
  300_000,
);

testIn(
  "chromium",
  "a worker that is killed in the middle of a file costs the case that was under way, and no other",
  async () => {
    const project = projectWith("await new Promise(() => {});");
    const fleet = await startFleet();
    onTestFinished(fleet.end);
    const first = await fleet.worker("one");
    const run = fleet.launch(command, { cwd: project.folder });
    await until("the case that does not end", async () => project.isStruck(), 120_000);
    await until("what came before it", async () => {
      const { runs } = (await fleet.call("GET", "runs")) as { runs: { id: string }[] };
      const report = runReportSchema.parse(await fleet.call("GET", `runs/${runs[0]?.id}/report`));
      return report.tasks[0]?.attempts.at(-1)?.cases.length === fatalCase;
    });
    first.child.kill("SIGKILL");
    await fleet.worker("two");
    expect(await run.exited, run.output()).toBe(0);
    expect(project.begun()).toEqual(onceButForOne);
    expectResumed(project.report(), "lost");
  },
  300_000,
);
