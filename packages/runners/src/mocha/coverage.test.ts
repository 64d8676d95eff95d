import { execFileSync } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Discovery, SessionTask, Suite } from "../runner.ts";
import { copyTo, halfCovered, hitsIn, keptIn, measureIn, notKept } from "../testing/coverage.ts";
import { runIn } from "../testing/test-folder.ts";
import { mochaRunner } from "./runner.ts";
import { environment, TestProject } from "./testing/project.ts";

let project: TestProject;
let scratch: string;

beforeEach(async () => {
  project = await TestProject.create({ mocha: "mocha", nyc: "nyc", c8: "c8", tsx: "tsx" });
  scratch = await mkdtemp(join(tmpdir(), "shardwright-coverage-"));
});
afterEach(async () => {
  await project.remove();
  await rm(scratch, { recursive: true, force: true });
});

const sources = {
  ...halfCovered,
  "src/half.ts": `export interface Whole {
  of: number;
}
export const half = ({ of }: Whole): number => (of > 1 ? of / 2 : 0);
export const never = (): string => "never";
`,
  "src/cli.js": `require("./alone").alone(Number(process.argv[2]));\n`,
  "src/unloaded.js": "exports.unloaded = 1;\n",
  "test/a.js": `const { sum } = require("../src/sum"); it("a", () => void sum(1, 2)); it("same", () => void require("../src/half.ts").half({ of: 4 })).timeout(60_000);\n`,
  "test/b.js": `const { sum } = require("../src/sum"); it("b", () => void sum(1, 0)); it("same again", () => void require("../src/half.ts").half({ of: 0 })).timeout(60_000);\n`,
  "test/c.js": `const { execFileSync } = require("node:child_process");
const cli = (word) => execFileSync(process.execPath, ["src/cli.js", word], { env: {} });
it("c", () => void cli("1")).timeout(60_000);
it("d", () => void cli("2")).timeout(60_000);
`,
};
const files = ["test/a.js", "test/b.js", "test/c.js"];

/** What Node has compiled before, V8 counts less precisely. */
const exact = { ...environment, NODE_DISABLE_COMPILE_CACHE: "1" };

const discover = (options: Suite["options"] = {}, more: Readonly<Record<string, string>> = {}): Promise<Discovery> =>
  mochaRunner.discover({
    workspace: project.path,
    directory: ".",
    options,
    environment: { ...environment, ...more },
    selection: { patterns: [], directories: [], excludes: [] },
  });

const measure = async (options: Suite["options"], ...tasks: readonly (string | Partial<SessionTask>)[]) =>
  measureIn(await project.open(options, ".", { SHARDWRIGHT_ARTIFACTS_DIR: keptIn(scratch) }), scratch, ...tasks);

function joinIn(workspace: string, options: Suite["options"], parts: string) {
  return mochaRunner.joinCoverage?.({ workspace, directory: ".", options, environment, parts, failed: false });
}

/** How often the statements have run that begin in these lines. */
async function timesOf(path: string, lines: readonly number[]): Promise<(number | undefined)[]> {
  const final = JSON.parse(await readFile(join(project.path, "coverage/coverage-final.json"), "utf8")) as Record<string, Final>;
  const { statementMap = {}, s = {} } = final[path] ?? {};
  const entries = Object.entries(statementMap);
  return lines.map((line) => s[entries.find(([, { start }]) => start.line === line)?.[0] ?? ""]);
}

interface Final {
  readonly statementMap: Readonly<Record<string, { readonly start: { readonly line: number } }>>;
  readonly s: Readonly<Record<string, number>>;
}

const manifest = (script: string, more: object = {}) => ({
  "package.json": JSON.stringify({ scripts: { test: script }, ...more }),
  ".mocharc.json": JSON.stringify({ require: ["tsx/cjs"] }),
});

describe.each([
  ["nyc", ["--extension", ".ts"]],
  ["c8", []],
])("%s", (tool, own) => {
  const args = [...own, "--reporter", "json", "--reporter", "text", "--all", "--include", "src/**"];
  const script = (thresholds: readonly string[]) =>
    `${tool} ${[...args, ...thresholds].map((word) => JSON.stringify(word)).join(" ")} mocha`;

  test("what runs in the global teardown counts as well, when the session has ended", async () => {
    const fixtures = `exports.mochaGlobalTeardown = () => void require("./src/alone").alone(1);\n`;
    await project.write({ ...sources, ...manifest(script([])), "fixtures.js": fixtures });
    await project.write({ ".mocharc.json": JSON.stringify({ require: ["tsx/cjs", "./fixtures.js"] }) });
    const { options } = await discover();
    const lastParts = join(scratch, "last");
    const parts = await measureIn(
      await project.open(options, ".", { SHARDWRIGHT_ARTIFACTS_DIR: keptIn(scratch) }, { lastParts }),
      scratch,
      "test/a.js",
      "test/b.js",
    );
    await joinIn(project.path, options, parts);
    const alone = join("src", "alone.js");
    const before = await hitsIn(project.path);
    const left = (await readdir(lastParts)).filter((name) => name.endsWith(".gz"));
    expect(left).toHaveLength(1);
    await cp(join(lastParts, left[0] ?? ""), join(parts, left[0] ?? ""));
    await joinIn(project.path, options, parts);
    const after = await hitsIn(project.path);
    const program = join(project.path, "node_modules", tool, "bin", `${tool}.js`);
    const mocha = join(project.path, "node_modules/mocha/bin/mocha.js");
    const command = [program, ...args, process.execPath, mocha, "test/a.js", "test/b.js"];
    execFileSync(process.execPath, command, { cwd: project.path, env: exact, stdio: "ignore" });
    expect(after).toEqual(await hitsIn(project.path));
    expect(before[alone]).not.toEqual(after[alone]);
  });

  test("files that ran one by one cover what they cover in one run, with their children, wherever they ran", async () => {
    const thresholds = ["--check-coverage", "--lines", "99", "--functions", "10"];
    await project.write({ ...sources, ...manifest(script(thresholds)) });
    const { options, keeps } = await discover();
    expect(options).toEqual({ coverage: true, coverageTool: { name: tool, args: [...args, ...thresholds] } });
    expect(keeps).toEqual(["coverage-part/**"]);
    const parts = await measure(options, ...files);
    expect(await readdir(project.path)).not.toContain(tool === "nyc" ? ".nyc_output" : "coverage");
    expect((await readdir(scratch)).sort()).toEqual(["kept", "parts"]);

    const elsewhere = await copyTo(scratch, project.path);
    const outcome = await joinIn(elsewhere, options, parts);
    const program = join(project.path, "node_modules", tool, "bin", `${tool}.js`);
    const mocha = join(project.path, "node_modules/mocha/bin/mocha.js");
    const command = [program, ...args, process.execPath, mocha];
    execFileSync(process.execPath, command, { cwd: project.path, env: exact, stdio: "ignore" });
    const whole = await hitsIn(project.path);
    expect(await hitsIn(elsewhere)).toEqual(whole);
    expect(Object.keys(whole)).toEqual(
      ["alone.js", "cli.js", "half.ts", "sum.js", "unloaded.js"].map((name) => join("src", name)),
    );
    expect(outcome?.text).toContain("alone.js");
    expect(outcome?.isJudged).toBe(true);
    expect(outcome?.problems).toEqual([expect.stringMatching(/^Coverage for lines \([\d.]+%\) does not meet global threshold/)]);
  }, 120_000);

  test("a file whose coverage cannot be kept is not green; one that has failed says that", async () => {
    const failing = { "test/b.js": `it("b", () => { throw new Error("no b"); });\n` };
    await project.write({ ...sources, ...failing, ...manifest(`${tool} mocha`) });
    const { options } = await discover();
    const session = await project.open(options, ".", { SHARDWRIGHT_ARTIFACTS_DIR: keptIn(scratch) });
    await writeFile(keptIn(scratch), "");
    const [green] = await runIn(session, "test/a.js");
    expect(green?.result).toMatchObject(notKept);
    const [red] = await runIn(await project.open(options, ".", { SHARDWRIGHT_ARTIFACTS_DIR: keptIn(scratch) }), "test/b.js");
    expect(red?.result).toMatchObject({ outcome: "failed", failure: { message: expect.stringContaining("no b") } });
  }, 60_000);

  test("a file covers what it has run itself, whatever ran before it in its process", async () => {
    await project.write({ ...sources, ...manifest(`${tool} -r json mocha`) });
    const { options } = await discover();
    const parts = await measure(options, "test/a.js", "test/b.js");
    await rm(join(parts, "0.gz"));
    await joinIn(project.path, options, parts);
    expect(await timesOf(join(project.path, "src/sum.js"), [4, 6])).toEqual([1, 0]);
  }, 60_000);

  test("what the configuration asks for is the tool's to read", async () => {
    const configuration = tool === "nyc" ? ".nycrc" : ".c8rc.json";
    await project.write({
      ...sources,
      ...manifest(`${tool} mocha`),
      [configuration]: JSON.stringify({
        "check-coverage": true,
        lines: 1,
        include: ["src/**"],
        "report-dir": "cover",
        reporter: "lcov",
      }),
    });
    const { options } = await discover();
    const parts = await measure(options, "test/b.js");
    expect(await joinIn(project.path, options, parts)).toEqual({ text: "", isJudged: true, problems: [] });
    expect(await readdir(join(project.path, "cover"))).toContain("lcov.info");
    await project.write({ [configuration]: JSON.stringify({ reporter: "none-such" }) });
    await expect(joinIn(project.path, options, parts)).rejects.toMatchObject({
      code: "coverage-failed",
      message: expect.stringContaining("none-such"),
    });
  }, 120_000);
});

test("a process that nyc measures ends in good order", async () => {
  const text = `const { readdirSync } = require("node:fs");
const { spawnSync } = require("node:child_process");
it("a", () => {
  const { status, stderr } = spawnSync(process.execPath, ["src/cli.js", "1"], { encoding: "utf8" });
  const { tempDir } = JSON.parse(process.env.NYC_CONFIG);
  const written = [status, stderr, readdirSync(tempDir).length, readdirSync(tempDir + "/processinfo").length];
  if (written.join() !== "0,,2,1") throw new Error(written.join());
}).timeout(60_000);
`;
  await project.write({ ...sources, ...manifest("nyc mocha"), "test/a.js": text });
  await measure((await discover()).options, "test/a.js", "test/a.js");
}, 60_000);

test("a file that an earlier attempt had begun runs as a whole", async () => {
  await project.write({ ...sources, ...manifest("c8 -r json mocha") });
  const { options } = await discover();
  const parts = await measure(options, { file: "test/a.js", finished: [["a"]] });
  await joinIn(project.path, options, parts);
  expect(await hitsIn(project.path)).toMatchObject({ [join("src", "sum.js")]: { f: [true, false] } });
}, 60_000);

describe("whether it is measured", () => {
  beforeEach(() => project.write({ ...sources, ...manifest("c8 mocha") }));

  test("not where the options say so, and where they do only by what is named", async () => {
    expect((await discover({ coverage: false })).options).toEqual({ coverage: false });
    const coverageTool = { name: "nyc", args: ["--all"] };
    expect((await discover({ args: [], coverageTool })).options).toEqual({ args: [], coverage: true, coverageTool });
    await project.write(manifest("mocha"));
    expect((await discover()).options).toEqual({});
    await expect(discover({ coverage: true })).rejects.toMatchObject({ code: "config-invalid" });
    await expect(discover({ coverageTool: { name: "jest", args: [] } })).rejects.toMatchObject({ code: "config-invalid" });
  });

  test("it is said where a script's tool is left out", async () => {
    const told = await discover({ args: ["test"] });
    expect(told).toMatchObject({ options: { args: ["test"] }, notices: [expect.stringContaining("coverageTool")] });
    const around = await discover({}, { NODE_V8_COVERAGE: scratch });
    expect(around).toMatchObject({ options: {}, notices: [expect.stringContaining("around this command")] });
  });

  test("one that measures in another script than the folder's tests is none of theirs", async () => {
    await project.write({ "package.json": JSON.stringify({ scripts: { test: "make", coverage: "c8 --check-coverage mocha" } }) });
    expect((await discover()).options).toEqual({});
  });

  test("a tool that is not there is an error where it would judge, and else a notice", async () => {
    await rm(join(project.path, "node_modules/c8"));
    await project.write(manifest("npx --yes c8 mocha"));
    expect(await discover()).toMatchObject({ options: {}, notices: [expect.stringContaining("it is not installed")] });
    await project.write(manifest("c8 --check-coverage --lines $LEAST mocha"));
    await expect(discover()).rejects.toMatchObject({ code: "config-invalid", message: expect.stringContaining("$LEAST") });
    await project.write(manifest("c8 --reporter $SHAPE mocha"));
    expect(await discover()).toMatchObject({ options: {}, notices: [expect.stringContaining("for a shell to read")] });
    await project.write(manifest("npx --yes c8 --check-coverage mocha"));
    await expect(discover()).rejects.toMatchObject({ code: "framework-missing", message: expect.stringContaining("c8") });
  });
});
