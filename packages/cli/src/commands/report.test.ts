import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  readJunit,
  readReport,
  reportFromCases,
  writeJson,
  type CaseResult,
  type RunReport,
  type ShardwrightError,
} from "@shardwright/core";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { registerReport } from "./report.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "shardwright-report-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}

function read(path: string): string {
  return readFileSync(join(directory, path), "utf8");
}

function readMerged(folder = "shardwright-report"): RunReport {
  return readReport(JSON.parse(read(`${folder}/report.json`)), folder);
}

interface Done {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line as the program would. @throws what it throws */
async function shardwright(...args: string[]): Promise<Done> {
  const done = { code: undefined as number | undefined, out: "", err: "" };
  const stream = (into: "out" | "err") =>
    ({ isTTY: false, write: (text: string) => (done[into] += text) !== "" }) as unknown as NodeJS.WriteStream;
  const context = {
    environment: {},
    directory,
    stdout: stream("out"),
    stderr: stream("err"),
    exit: (code: number) => {
      done.code = code;
    },
  };
  const program = new Command("shardwright").exitOverride().configureOutput({ writeErr: (text) => context.stderr.write(text) });
  registerReport(program, context);
  await program.parseAsync(["report", ...args], { from: "user" });
  return done;
}

async function refused(...args: string[]): Promise<ShardwrightError> {
  const before = listed();
  const error = await shardwright(...args).then(
    () => undefined,
    (thrown: unknown) => thrown as ShardwrightError,
  );
  if (error === undefined) throw new Error("it was not refused");
  // Nothing half-done remains.
  expect(listed()).toEqual(before);
  return error;
}

function listed(): string[] {
  return readdirSync(directory, { recursive: true }).map(String).sort();
}

function junit(...cases: string[]): string {
  return `<testsuites name="unit"><testsuite name="s" file="a.test.ts" timestamp="2026-03-01T10:00:00Z">${cases.join("")}</testsuite></testsuites>`;
}

const one = '<testcase name="one" time="0.5"/>';
const two = '<testcase name="two" time="0.25"/>';
const bad = '<testcase name="bad"><failure message="no"/></testcase>';

function shard(status: CaseResult["status"], file: string, submitted_at_ms = 1000): string {
  const cases: CaseResult[] = [{ path: ["works"], ordinal: 0, status, duration_ms: 5, retries: 0 }];
  return writeJson(reportFromCases({ name: `shard ${file}`, files: [{ file, suite: "unit", cases }], submitted_at_ms }));
}

describe("merge", () => {
  test("report.json and JUnit files become one report in every format", async () => {
    write({ "in/1.json": shard("passed", "b.test.ts"), "in/2.xml": junit(one, two) });
    const { code, out } = await shardwright("merge", "in/1.json", "in/2.xml", "--output-dir", "all");
    expect(code).toBe(0);
    expect(readdirSync(join(directory, "all")).sort()).toEqual(["junit.xml", "report.html", "report.json", "report.md"]);
    const merged = readMerged("all");
    expect(merged).toMatchObject({ verdict: "passed", account: { discovered: 2, passed: 2 }, cases: { total: 3 } });
    expect(merged.tasks.map(({ key }) => key).sort()).toEqual(["unit:a.test.ts", "unit:b.test.ts"]);
    expect(out).toContain("2 discovered = 2 passed");
    expect(out).toContain(join("all", "report.html"));
  });

  test.each([
    ["passed", 0],
    ["failed", 1],
    ["errored", 3],
  ] as const)("the exit code is the verdict's: %s", async (status, code) => {
    write({ "1.json": shard("passed", "a.ts"), "2.json": shard(status, "b.ts") });
    expect(await shardwright("merge", "1.json", "2.json")).toMatchObject({ code });
    expect(readMerged().verdict).toBe(status);
  });

  test("an incomplete part makes the whole incomplete", async () => {
    const part = reportFromCases({ name: "cut", files: [{ file: "b.ts", cases: [] }] });
    for (const task of part.tasks) Object.assign(task, { status: "incomplete", attempts: [] });
    Object.assign(part, { verdict: "incomplete", account: { ...part.account, skipped: 0, incomplete: 1 } });
    write({ "1.json": shard("passed", "a.ts"), "2.json": writeJson(part) });
    expect((await shardwright("merge", "*.json")).code).toBe(3);
  });

  test("cases of one file in two JUnit files are all kept, and a failure stays one", async () => {
    write({ "1/junit.xml": junit(one, bad), "2/junit.xml": junit(two) });
    expect((await shardwright("merge", "1/junit.xml", "2/junit.xml")).code).toBe(1);
    const merged = readMerged();
    expect(merged).toMatchObject({ account: { discovered: 2, passed: 1, failed: 1, flaky: 0 }, cases: { total: 3, failed: 1 } });
    expect(merged.tasks.map(({ key }) => key)).toEqual(["unit:a.test.ts", "unit (2/junit.xml):a.test.ts"]);
  });

  test("shares of different plans are refused, with the files that hold them and what to do", async () => {
    for (const [index, plan] of ["abc", "def"].entries()) {
      const report = readReport(JSON.parse(shard("passed", `${index}.ts`)), "");
      const run = { ...report.run, share: { plan, index, total: 2, run_key: "pipeline" } };
      write({ [`job-${index}/report.json`]: writeJson({ ...report, run }) });
    }
    const error = await refused("merge", "job-*/report.json");
    expect(error.code).toBe("shares-differ");
    const place = (index: number) => join(`job-${index}`, "report.json").replaceAll("\\", "/");
    expect(error.message.replaceAll("\\", "/")).toContain(
      `${place(0)} is share 1 of 2 of the plan abc, ${place(1)} is share 2 of 2 of the plan def`,
    );
    expect(error.hint).toContain("the same .shardwright/timings.json");
    expect((await shardwright("merge", "job-0/report.json")).code).toBe(3);
  });

  test("a JUnit file does not replace what a report.json says of the same file", async () => {
    write({ "1.json": shard("failed", "a.test.ts"), "2.xml": junit(one) });
    await shardwright("merge", "2.xml", "1.json");
    expect(readMerged().account).toMatchObject({ discovered: 2, passed: 1, failed: 1 });
  });

  test("a part without a time of its own does not stretch the run to decades", async () => {
    write({
      "1.xml": '<testsuite name="s"><testcase name="x" time="2"/></testsuite>',
      "2.xml": `<testsuite name="t">${one}</testsuite>`,
    });
    await shardwright("merge", "1.xml", "2.xml");
    const { run } = readMerged();
    expect(run.duration_ms).toBeLessThan(60_000);
    expect(run.submitted_at_ms).toBeGreaterThan(Date.UTC(2020, 0));
  });

  test("patterns find files once, and not what an earlier merge wrote", async () => {
    write({ "in/1/junit.xml": junit(one), "in/2/junit.xml": junit(two), "node_modules/x/junit.xml": junit(bad) });
    for (const round of [1, 2]) {
      expect((await shardwright("merge", "**/junit.xml", "in/1/junit.xml")).code, `round ${round}`).toBe(0);
      expect(readMerged().cases.total).toBe(2);
    }
    const error = await refused("merge", "shardwright-report/*.xml");
    expect(error.message).toContain("matches nothing but what this command writes");
  });

  test("a file whose name looks like a pattern is taken as it is", async () => {
    write({ "r[1].xml": junit(one), "r1.xml": junit(bad) });
    expect((await shardwright("merge", "r[1].xml")).code).toBe(0);
  });

  test("only the formats asked for are written", async () => {
    write({ "1.xml": junit(one) });
    await shardwright("merge", "1.xml", "--report-formats", "json,md");
    expect(readdirSync(join(directory, "shardwright-report")).sort()).toEqual(["report.json", "report.md"]);
  });

  test("no tests at all are an error unless they are allowed", async () => {
    write({ "1.xml": "<testsuites/>", "2.xml": junit(one) });
    expect((await shardwright("merge", "1.xml", "2.xml")).code).toBe(3);
    expect(readMerged().reason).toBe("1.xml ended as errored: No tests were found.");
    expect((await shardwright("merge", "1.xml", "2.xml", "--allow-empty")).code).toBe(0);
  });

  test("--json prints one object and nothing else", async () => {
    write({ "1.xml": junit(one, bad) });
    const { out, code } = await shardwright("merge", "1.xml", "--json");
    expect(JSON.parse(out)).toMatchObject({ verdict: "failed", account: { discovered: 1, failed: 1 } });
    expect(code).toBe(1);
  });
});

describe("what is refused names the file and changes nothing", () => {
  test.each([
    ["cut.xml", '<testsuite name="s"><testcase name="one"/>', /cut\.xml cannot be read as JUnit XML/],
    ["empty.xml", "", /empty\.xml cannot be read as JUnit XML: it is empty/],
    ["page.xml", "<html></html>", /page\.xml .* its root is <html>/],
    ["cut.json", '{"version":1,', /cut\.json cannot be read as a Shardwright report/],
    ["other.json", "{}", /other\.json .* version/],
    ["list.json", "[]", /list\.json .* an object was expected/],
    ["newer.json", '{"version":99}', /newer\.json .* newer Shardwright/],
    ["empty.json", "", /empty\.json cannot be read as a Shardwright report/],
    ["binary", "\u0000\u0001\u0002", /binary cannot be read as JUnit XML/],
  ])("%s", async (name, text, message) => {
    write({ [name]: text, "good.xml": junit(one) });
    for (const args of [
      ["merge", "good.xml", name],
      ["convert", name, "--to", "md"],
    ]) {
      const error = await refused(...args);
      expect(error).toMatchObject({ code: "report-unreadable", message: expect.stringMatching(message) as string });
    }
  });

  test.each([
    [["merge", "shard-*/junit.xml"], /No file matches shard-\*\/junit\.xml/],
    [["merge", "good.xml", "gone.xml"], /No file matches gone\.xml/],
    [["merge", "folder"], /folder is a folder/],
    [["merge", "good.xml", "--report-formats", "pdf"], /No reporter writes the format pdf/],
    [["merge", "good.xml", "--output-dir", "good.xml/out"], /good\.xml.out cannot be written/],
    [["merge", "good.xml", "--output-dir", "taken"], /report\.md is a folder/],
    [["convert", "gone.xml", "--to", "md"], /No file matches gone\.xml/],
    [["convert", "good.*", "--to", "md"], /good\.\* matches 2 files/],
    [["convert", "good.xml"], /format to make is not named/],
    [["convert", "good.xml", "--output", "good.pdf"], /ending of good\.pdf names no format/],
    [["convert", "good.xml", "--to", "md", "--output", "folder"], /folder cannot be written/],
  ])("%j", async (args, message) => {
    write({ "good.xml": junit(one), "good.bak": junit(one), "folder/x.txt": "", "taken/report.md/x": "" });
    expect(await refused(...args)).toMatchObject({ code: "usage", message: expect.stringMatching(message) as string });
  });

  test("a name that no file can have", async () => {
    expect(await refused("merge", "a\0b.xml")).toMatchObject({ code: "report-unreadable" });
  });

  test("a format there is not is an error of the command line", async () => {
    write({ "good.xml": junit(one) });
    expect(await refused("convert", "good.xml", "--to", "pdf")).toMatchObject({ code: "commander.invalidArgument" });
  });
});

describe("convert", () => {
  test("to standard output, for whatever reads it, with exit code 0 whatever the tests said", async () => {
    write({ "1.xml": junit(one, bad) });
    const { out, code, err } = await shardwright("convert", "1.xml", "--to", "json");
    expect(readReport(JSON.parse(out), "out")).toMatchObject({ verdict: "failed", cases: { total: 2, failed: 1 } });
    expect([code, err]).toEqual([undefined, ""]);
  });

  test("JUnit in, JUnit out: the same cases", async () => {
    write({ "1.xml": junit(one, bad) });
    const { out } = await shardwright("convert", "1.xml", "--to", "xml");
    const cases = (await readJunit(out, { path: "out" })).suites.flatMap((suite) =>
      suite.cases.map(({ result }) => [result.path, result.status]),
    );
    expect(cases).toEqual([
      [["one"], "passed"],
      [["bad"], "failed"],
    ]);
  });

  test("to a file, by its ending, in a folder that is made", async () => {
    write({ "1.json": shard("passed", "a.ts") });
    await shardwright("convert", "1.json", "--output", "deep/er/page.html");
    expect(read("deep/er/page.html")).toMatch(/^<!doctype html>/);
    await shardwright("convert", "1.json", "--output", "page.txt", "--to", "md");
    expect(read("page.txt")).toContain("passed");
  });
});
