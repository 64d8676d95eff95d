import { existsSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunList } from "@shardwright/core";
import { beforeEach, expect, test } from "vitest";
import { useSuite } from "../../cli/suite.ts";
import { linkedModules } from "../../linked-modules.ts";
import { until } from "../../processes.ts";
import { fleetOfApp, job } from "./fleet-of-app.ts";
import { app } from "./place.ts";

const { folder, write, report } = useSuite();
const modules = linkedModules(["vitest", "@vitest/coverage-v8"]);
const tooLow = "In vitest: Coverage for functions (50%) does not meet global threshold (75%)";

/** A reporter of coverage that says that it has begun, and waits to go on. */
const held = (begun: string, open: string) => `const { existsSync, writeFileSync } = require("node:fs");
module.exports = class {
  execute() {
    writeFileSync(${JSON.stringify(begun)}, "");
    while (!existsSync(${JSON.stringify(open)})) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
};\n`;

const configOf = (more = "") =>
  `export default { test: { coverage: { include: ["src/**"], reporter: ["json-summary"${more}], thresholds: { functions: 75 } } } };`;

beforeEach(() => {
  symlinkSync(modules, join(folder(), "node_modules"), "junction");
  write("package.json", JSON.stringify({ type: "module", scripts: { test: "vitest run --coverage" } }));
  write("src/shop.ts", `export const first = () => 1;\nexport const second = () => 2;\n`);
  write("vitest.config.ts", configOf());
  write(
    "first.test.ts",
    `import { expect, test } from "vitest";\nimport { first } from "./src/shop.ts";\ntest("calls", () => expect(first()).toBe(1));\n`,
  );
});

test("a run that its coverage makes red is red for the coordinator and on its check, of which there is one", async () => {
  const { fleet, github } = await fleetOfApp(folder());
  await fleet.worker("one");
  const environment = { ...job, GITHUB_API_URL: github.url, SHARDWRIGHT_CI_TOKEN: "ghs_job" };
  const ran = await fleet.toEnd(["run"], { cwd: folder(), environment });
  expect(ran.code, ran.output).toBe(1);
  expect(report()).toMatchObject({ verdict: "failed", reason: tooLow });
  expect(report().tests_reason).toBeUndefined();
  const { runs } = (await fleet.call("GET", "runs?verdict=failed")) as RunList;
  expect(runs).toMatchObject([{ verdict: "failed", reason: tooLow, account: { passed: 1 } }]);
  const listed = await fleet.toEnd(["runs", "--json"], { cwd: folder() });
  expect(listed.output).toContain(tooLow);
  await until("the end of the check", async () => github.state.checkRuns[0]?.status === "completed");
  expect(github.state.checkRuns).toMatchObject([{ app: app.id, conclusion: "failure", output: { title: tooLow }, actions: [] }]);
  expect(github.violations).toEqual([]);
});

test("a job that is stopped while it joins leaves no green; run again, it ends with what the coverage comes to", async () => {
  const { fleet, github } = await fleetOfApp(folder());
  const [begun, open] = [join(modules, "begun"), join(modules, "open")];
  write("held.cjs", held(begun, open));
  write("vitest.config.ts", configOf(`, [${JSON.stringify(join(folder(), "held.cjs"))}, {}]`).replace("75", "50"));
  await fleet.worker("one");
  const args = ["run", "--run-key", "the-one"];
  const stopped = fleet.launch(args, { cwd: folder(), environment: job });
  await until("the joining", () => Promise.resolve(existsSync(begun)));
  await until("the check", async () => github.state.checkRuns[0]?.output.title === "1 file done: their coverage is being joined");
  const awaited = (await fleet.call("GET", "runs")) as RunList;
  expect(awaited.runs).toMatchObject([{ verdict: "passed", reason: expect.stringContaining("is being joined") as string }]);
  stopped.child.kill("SIGTERM");
  expect(await stopped.exited, stopped.output()).not.toBe(0);
  const reason = "Stopped before the coverage of vitest was joined";
  expect(((await fleet.call("GET", "runs")) as RunList).runs).toMatchObject([{ verdict: "errored", reason }]);
  await until("the end of the check", async () => github.state.checkRuns[0]?.status === "completed");
  expect(github.state.checkRuns).toMatchObject([{ conclusion: "failure", output: { title: reason } }]);

  writeFileSync(open, "");
  const again = await fleet.toEnd(args, { cwd: folder(), environment: job });
  expect(again.code, again.output).toBe(0);
  expect(again.output).toContain("nothing is run again");
  expect(report()).toMatchObject({ verdict: "passed", account: { passed: 1 } });
  expect(report().reason).not.toContain("joined");
  expect(((await fleet.call("GET", "runs")) as RunList).runs).toMatchObject([{ verdict: "passed", reason: report().reason }]);
  await until("the mended check", async () => github.state.checkRuns[0]?.conclusion === "success");
  expect(github.state.checkRuns).toHaveLength(1);
  expect(github.violations).toEqual([]);
});
