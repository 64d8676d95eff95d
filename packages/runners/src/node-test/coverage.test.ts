import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Discovery, RunnerSession, SessionTask, Suite } from "../runner.ts";
import { copyTo, halfCovered, hitsIn, keptIn, measureIn, notKept } from "../testing/coverage.ts";
import { runIn, TestFolder } from "../testing/test-folder.ts";
import { nodeTestRunner } from "./runner.ts";

const require = createRequire(import.meta.url);
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:NODE_OPTIONS|NODE_COMPILE_CACHE|VITEST.*|TEST|NODE_ENV)$/.test(name)),
) as Record<string, string>;

/** A folder with the tools that measure. */
class TestProject extends TestFolder {
  static async create(): Promise<TestProject> {
    const workspace = await realpath(await mkdtemp(join(tmpdir(), "shardwright-node-test-")));
    await mkdir(join(workspace, "node_modules"));
    for (const name of ["c8", "nyc"])
      await symlink(dirname(require.resolve(`${name}/package.json`)), join(workspace, "node_modules", name), "junction");
    return new TestProject(workspace);
  }

  discover(options: Suite["options"] = {}): Promise<Discovery> {
    const selection = { patterns: [], directories: [], excludes: [] };
    return nodeTestRunner.discover({ workspace: this.path, directory: ".", options, environment, selection });
  }

  async measure(options: Suite["options"], ...tasks: readonly (string | Partial<SessionTask>)[]): Promise<string> {
    return measureIn(await this.open(options), scratch, ...tasks);
  }

  async open(options: Suite["options"]): Promise<RunnerSession> {
    const complete = { ...environment, SHARDWRIGHT_ARTIFACTS_DIR: keptIn(scratch) };
    return this.keep(await nodeTestRunner.open({ workspace: this.path, directory: ".", options, environment: complete }));
  }
}

let project: TestProject;
let scratch: string;

beforeEach(async () => {
  project = await TestProject.create();
  scratch = await mkdtemp(join(tmpdir(), "shardwright-coverage-"));
});
afterEach(async () => {
  await project.remove();
  await rm(scratch, { recursive: true, force: true });
});

const sources = {
  ...halfCovered,
  "src/cli.js": `require("./alone").alone(Number(process.argv[2]));\n`,
  "test/a.test.js": `const { sum } = require("../src/sum"); require("node:test")("a", () => void sum(1, 2));\n`,
  "test/b.test.js": `const { sum } = require("../src/sum"); require("node:test")("b", () => void sum(1, 0));\n`,
  "test/c.test.js": `const { execFileSync } = require("node:child_process");
require("node:test")("c", () => void execFileSync(process.execPath, ["src/cli.js", "1"], { env: {} }));
`,
};
const files = ["test/a.test.js", "test/b.test.js", "test/c.test.js"];
const names = ["alone.js", "cli.js", "sum.js"].map((name) => join("src", name));
const manifest = (script: string) => ({ "package.json": JSON.stringify({ scripts: { test: script } }) });

function joinIn(workspace: string, options: Suite["options"], parts: string) {
  return nodeTestRunner.joinCoverage?.({ workspace, directory: ".", options, environment, parts, failed: false });
}

test.each(["c8", "nyc"])(
  "files that ran one by one cover what they cover in one run with %s, with their children, wherever they ran",
  async (tool) => {
    const args = ["--reporter=json", "--reporter=text"];
    const thresholds = ["--check-coverage", "--functions", "99", "--lines", "1"];
    await project.write({ ...sources, ...manifest([tool, ...args, ...thresholds, "node --test"].join(" ")) });
    const { options, keeps, notices } = await project.discover();
    expect(options).toMatchObject({ coverage: true, coverageTool: { name: tool, args: [...args, ...thresholds] } });
    expect([keeps, notices]).toEqual([["coverage-part/**"], []]);
    const parts = await project.measure(options, ...files);
    expect((await readdir(scratch)).sort()).toEqual(["kept", "parts"]);
    const elsewhere = await copyTo(scratch, project.path);
    const outcome = await joinIn(elsewhere, options, parts);
    const program = join(project.path, "node_modules", tool, "bin", `${tool}.js`);
    const command = [program, ...args, process.execPath, "--test"];
    execFileSync(process.execPath, command, { cwd: project.path, env: environment, stdio: "ignore" });
    const whole = await hitsIn(project.path);
    expect(await hitsIn(elsewhere)).toEqual(whole);
    expect(Object.keys(whole)).toEqual(names);
    expect(outcome?.text).toContain("alone.js");
    const problem = /^Coverage for functions \([\d.]+%\) does not meet global threshold/;
    expect(outcome).toMatchObject({ isJudged: true, problems: [expect.stringMatching(problem)] });
  },
  120_000,
);

describe("Node's own", () => {
  const reporters = [
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    "--test-reporter=lcov",
    "--test-reporter-destination=lcov.info",
  ];
  const asked = ["--test-coverage-lines=99", "--test-coverage-functions=80"];
  const script = (...more: readonly string[]) => ["node --test --experimental-test-coverage", ...reporters, ...more].join(" ");

  /** What has run: how often depends on the number of processes. */
  const lcovIn = async (folder: string) =>
    (await readFile(join(folder, "lcov.info"), "utf8"))
      .replace(/^(DA|BRDA)(:.*),[1-9]\d*$/gm, "$1$2,1")
      .replace(/^FNDA:[1-9]\d*/gm, "FNDA:1");

  test("files that ran one by one come to the report that they come to in one run", async () => {
    await project.write({ ...sources, ...manifest(script(...asked)) });
    const { options, notices } = await project.discover();
    const args = [...asked, "--test-reporter=lcov", "--test-reporter-destination=lcov.info"];
    expect(options).toMatchObject({ args: [], coverage: true, coverageTool: { name: "node", args } });
    expect(notices).toEqual([]);
    const parts = await project.measure(options, ...files);
    const elsewhere = await copyTo(scratch, project.path);
    const outcome = await joinIn(elsewhere, options, parts);
    const command = ["--test", "--experimental-test-coverage", ...reporters, ...asked];
    const { stdout, status } = spawnSync(process.execPath, command, { cwd: project.path, env: environment, encoding: "utf8" });
    expect(status).toBe(1);
    expect(await lcovIn(elsewhere)).toEqual(await lcovIn(project.path));
    const table = (outcome?.text ?? "").split("\n");
    expect(table.find((line) => line.includes("all files"))).toMatch(/\d/);
    for (const line of table) expect(stdout).toContain(line);
    const problem = /^[\d.]+% function coverage does not meet threshold of 80%/;
    expect(outcome).toMatchObject({ isJudged: true, problems: [expect.stringMatching(problem)] });
  }, 120_000);

  test("what it leaves out, and what it is told to judge by, is its own to know", async () => {
    await project.write({ ...sources, ...manifest(script("--test-coverage-exclude=src/sum.js", "--test-coverage-lines 50")) });
    const { options } = await project.discover();
    const outcome = await joinIn(project.path, options, await project.measure(options, "test/c.test.js"));
    expect(outcome?.text).toMatch(/alone\.js/);
    expect(outcome?.text).not.toMatch(/sum\.js|coverage\.mjs|test-entry/);
    expect(outcome).toMatchObject({ isJudged: true, problems: [] });
    const { coverageTool: _tool, ...rest } = options;
    expect(
      await joinIn(project.path, { ...rest, coverageTool: { name: "node", args: [] } }, join(scratch, "parts")),
    ).toMatchObject({
      isJudged: false,
    });
    const wrong = { coverage: true, coverageTool: { name: "node", args: ["--no-such-option"] } };
    await expect(joinIn(project.path, wrong, join(scratch, "parts"))).rejects.toMatchObject({
      code: "coverage-failed",
      message: expect.stringContaining("--no-such-option"),
    });
  }, 120_000);

  test("a file whose coverage cannot be kept is not green; one that has failed says that", async () => {
    const failing = { "test/b.test.js": `require("node:test").test("b", () => { throw new Error("no b"); });\n` };
    await project.write({ ...sources, ...failing, ...manifest(script()) });
    const { options } = await project.discover();
    const session = await project.open(options);
    await writeFile(keptIn(scratch), "");
    const [green] = await runIn(session, "test/a.test.js");
    expect(green?.result).toMatchObject(notKept);
    const [red] = await runIn(session, "test/b.test.js");
    expect(red?.result?.outcome).toBe("failed");
  }, 60_000);

  test("what another script than the folder's tests asks for measures none of them", async () => {
    const scripts = { test: "make", coverage: "node --test --experimental-test-coverage --test-coverage-lines=100" };
    await project.write({ ...sources, "package.json": JSON.stringify({ scripts }) });
    const { options, keeps } = await project.discover();
    expect([options["coverage"], keeps]).toEqual([undefined, undefined]);
  });

  test("where both measure, the one in front of node does, and that is said", async () => {
    await project.write({ ...sources, ...manifest(`c8 ${script("--test-coverage-lines=99")}`) });
    expect(await project.discover()).toMatchObject({
      options: { coverageTool: { name: "c8", args: [] } },
      notices: [expect.stringContaining("not checked")],
    });
    expect((await project.discover({ coverage: false })).options).toMatchObject({ coverage: false });
    const given = { args: ["--test", "--experimental-test-coverage"] };
    expect(await project.discover(given)).toMatchObject({ options: { coverageTool: { name: "node" } }, notices: [] });
    expect(await project.discover({ args: [] })).toMatchObject({ notices: [expect.stringContaining("coverageTool")] });
  });
});
