import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { readJunit } from "@shardwright/core";
import { expect, test } from "vitest";
import { useSuite } from "./cli/suite.ts";

const { folder, write, run, report } = useSuite();
const mocha = dirname(createRequire(join(import.meta.dirname, "../packages/runners/package.json")).resolve("mocha/package.json"));

function writeSuite(teardown: string, parallel = false): void {
  write(".mocharc.json", JSON.stringify({ require: "./hooks.js", spec: "*.spec.js", parallel }));
  write("hooks.js", `exports.mochaGlobalSetup = () => {};\nexports.mochaGlobalTeardown = () => { ${teardown} };\n`);
}

test("a run is not green when what was set up for all its tests cannot be cleared up, and no test could tell", async () => {
  mkdirSync(join(folder(), "node_modules"));
  symlinkSync(mocha, join(folder(), "node_modules/mocha"), "junction");
  write("package.json", JSON.stringify({ scripts: { test: "mocha" } }));
  for (const name of ["a", "b", "c"]) write(`${name}.spec.js`, `it("works ${name}", () => {});\n`);
  writeSuite('throw new Error("the database would not stop");');
  const { code, output } = await run();
  expect(output).toContain("the database would not stop");
  expect(code).toBe(3);
  const { verdict, reason, account, notices } = report();
  expect({ verdict, account }).toMatchObject({ verdict: "errored", account: { discovered: 3, passed: 3 } });
  expect(reason).toMatch(/^3 discovered = 3 passed; What mocha set up for its tests could not be cleared up on local-\d:/);
  expect(notices.some(({ code: kind, message }) => kind === "teardown-failed" && message.includes("would not stop"))).toBe(true);
  const junit = await readJunit(readFileSync(join(folder(), "shardwright-report", "junit.xml"), "utf8"), { path: "junit.xml" });
  const [teardown] = junit.suites.filter(({ name }) => name === "(teardown)");
  expect(teardown?.cases[0]?.result).toMatchObject({ status: "errored", message: expect.stringContaining("would not stop") });
  expect(readFileSync(join(folder(), "shardwright-report", "report.md"), "utf8")).toContain("would not stop");

  writeSuite("");
  expect((await run()).code).toBe(0);
  expect(report()).toMatchObject({ verdict: "passed", reason: "3 discovered = 3 passed" });
});

test("nor where a worker had no test, and was the last to leave what all have in common", async () => {
  mkdirSync(join(folder(), "node_modules"));
  symlinkSync(mocha, join(folder(), "node_modules/mocha"), "junction");
  write("package.json", JSON.stringify({ scripts: { test: "mocha" } }));
  write("a.spec.js", `it("works", () => {});\n`);
  writeSuite('throw new Error("the database would not stop");', true);
  const { code, output } = await run("--workers", "3");
  expect(output).toContain("the database would not stop");
  expect(code, output).toBe(3);
});
