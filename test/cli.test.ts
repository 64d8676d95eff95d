import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { testOf, useSuite } from "./cli/suite.ts";
import { runToEnd, start, until } from "./processes.ts";

const { folder, write, run, report, hasReports } = useSuite();

test("a suite that passes ends with 0 and four reports, from a folder below as well", async () => {
  write("sub/a.test.js", testOf(""));
  const { code, output } = await run();
  expect(output).toContain("1 discovered = 1 passed");
  expect(code).toBe(0);
  for (const name of ["report.json", "junit.xml", "report.md", "report.html"])
    expect(existsSync(join(folder(), "shardwright-report", name))).toBe(true);
});

test("a failure ends with 1 and is told, with the case and its message", async () => {
  write("bad.test.js", testOf('throw new Error("two is not three");'));
  const { code, output } = await run("--max-retries", "0");
  expect(code).toBe(1);
  expect(output).toContain("two is not three");
  expect(report()).toMatchObject({ verdict: "failed", account: { discovered: 1, failed: 1 } });
});

test.each([["--workers", "2"], ["--worker-processes"]])(
  "with %s, what is set up for all files is torn down before the run is over",
  async (...how) => {
    const vitest = dirname(createRequire(import.meta.url).resolve("vitest/package.json"));
    mkdirSync(join(folder(), "node_modules"));
    symlinkSync(vitest, join(folder(), "node_modules/vitest"), "junction");
    write("vitest.config.js", `export default { test: { globalSetup: "./all.js" } };`);
    write(
      "all.js",
      `import { appendFileSync } from "node:fs";
const log = (line) => appendFileSync("log", line + "\\n");
export default () => { log("up"); return async () => { await new Promise((done) => setTimeout(done, 50)); log("down"); }; };`,
    );
    for (const name of ["a", "b"]) write(`${name}.test.js`, `import { test } from "vitest"; test("${name}", () => {});`);
    const { code, output } = await run("--runner", "vitest", ...how);
    expect([code, output]).toEqual([0, expect.stringContaining("2 passed")]);
    const lines = readFileSync(join(folder(), "log"), "utf8").trim().split("\n");
    expect(lines.filter((line) => line === "up").length).toBeGreaterThan(0);
    expect(lines.filter((line) => line === "down")).toHaveLength(lines.filter((line) => line === "up").length);
  },
);

test("what is wrong with the command line is said before anything runs", async () => {
  write("a.test.js", testOf(""));
  for (const [args, message] of [
    [["--no-such-flag"], "--no-such-flag"],
    [["--runner", "mocha-like"], "mocha-like"],
    [["--test-dir", "../.."], "leaves the workspace"],
    [["a.test.js", "b.test.js"], "neither a folder nor a file b.test.js"],
    [["--test-dir", "a.test.js", "--runner", "node-test", "no*.js"], "neither a folder nor a file no*.js"],
    [["--test-pattern", "nothing/*.js"], "No tests were found"],
    [["--workers", "many"], "workers"],
  ] as const) {
    const { code, output } = await run(...args);
    expect(output).toContain(message);
    expect(output).not.toContain("    at ");
    expect(code).toBe(2);
    expect(hasReports()).toBe(false);
  }
});

test("folders and files can be named by themselves, beside those of a flag", async () => {
  for (const name of ["a", "b", "sub/c", "sub/d"]) write(`${name}.test.js`, testOf(""));
  const { code, output } = await run("sub", "a.test.js", "--runner", "node-test", "--test-dir", "./a.test.js");
  expect([code, output]).toEqual([0, expect.stringContaining("3 passed")]);
});

test("every mistake of a configuration is named at once", async () => {
  write("a.test.js", testOf(""));
  write("shardwright.config.json", JSON.stringify({ maxRetries: -1, timeout: "long", surprise: true }));
  const { code, output } = await run();
  expect(code).toBe(2);
  for (const name of ["maxRetries", "timeout", "surprise"]) expect(output).toContain(name);
  expect(hasReports()).toBe(false);
});

test("no tests are an error, unless they are allowed", async () => {
  expect((await run("--test-pattern", "nothing/*.js", "--runner", "node-test", "--allow-empty")).code).toBe(0);
});

test("a framework that is not installed is named", async () => {
  write("a.test.js", testOf(""));
  const { code, output } = await run("--runner", "vitest");
  expect(code).toBe(2);
  expect(output).toMatch(/vitest is not installed/i);
});

test("files of one name in two folders are two tasks", async () => {
  write("one/same.test.js", testOf(""));
  write("two/same.test.js", testOf('throw new Error("only here");'));
  const { code } = await run("--max-retries", "0");
  expect(code).toBe(1);
  expect(
    report()
      .tasks.map(({ file, status }) => `${file} ${status}`)
      .toSorted(),
  ).toEqual(["one/same.test.js passed", "two/same.test.js failed"]);
});

test("bytes that are no text, control sequences and a flood of output do no harm, and secrets are masked", async () => {
  write(
    "loud.test.js",
    testOf(`process.stdout.write(Buffer.from([0xff, 0xfe, 0x1b, 0x5b, 0x33, 0x31, 0x6d]));
  console.log("the token is", process.env.MY_API_TOKEN);
  for (let i = 0; i < 50; i += 1) process.stdout.write("x".repeat(1024 * 1024));
  throw new Error("\\u001B[31mred\\u001B[0m \\u0007bell");`),
  );
  const { code, output } = await runToEnd(["run", "--workers", "1", "--max-retries", "0"], {
    cwd: folder(),
    environment: { MY_API_TOKEN: "tok-0123456789abcdef" },
  });
  expect(code).toBe(1);
  expect(output).not.toContain("\u0007");
  expect(output).toContain("red bell");
  const text = readFileSync(join(folder(), "shardwright-report", "report.json"), "utf8");
  expect(text.length).toBeLessThan(4 * 1024 * 1024);
  expect(text).not.toContain("tok-0123456789abcdef");
  expect(readFileSync(join(folder(), "shardwright-report", "junit.xml"), "utf8")).not.toContain("\u001B");
});

test("a file that ends its process with 0 before its test is done is not green", async () => {
  write("early.test.js", testOf("process.exit(0);"));
  const { code } = await run("--max-retries", "0");
  expect([1, 3]).toContain(code);
  expect(report().account.passed).toBe(0);
});

test("a test that is deaf to SIGTERM is killed at its time limit", async () => {
  write(
    "deaf.test.js",
    `process.on("SIGTERM", () => {});\n${testOf("await new Promise((resolve) => setTimeout(resolve, 600_000));")}`,
  );
  write("fine.test.js", testOf(""));
  const { code } = await run("--task-timeout", "1", "--max-retries", "0");
  expect(code).not.toBe(0);
  const { tasks } = report();
  expect(tasks.find(({ file }) => file === "deaf.test.js")?.attempts.at(-1)?.failure?.kind).toBe("test-timeout");
  expect(tasks.find(({ file }) => file === "fine.test.js")?.status).toBe("passed");
});

test("a program that leaves a broken JUnit file, or none, is not green", async () => {
  write("broken.case", "");
  write("none.case", "");
  write(
    "program.mjs",
    `import { writeFileSync } from "node:fs";
const [junit, file] = process.argv.slice(2);
if (file.includes("broken")) writeFileSync(junit, "<testsuites><testsuite name='x'><testcase name='a'>");\n`,
  );
  const { code } = await run("--command", "node program.mjs {junit} {file}", "--test-pattern", "*.case", "--max-retries", "0");
  expect(code).toBe(3);
  expect(report()).toMatchObject({ verdict: "errored", account: { discovered: 2, errored: 2 } });
});

test.skipIf(process.platform === "win32")("a link that leads out of the workspace is no way out", async () => {
  const outside = mkdtempSync(join(tmpdir(), "outside-"));
  writeFileSync(join(outside, "b.test.js"), testOf(""));
  symlinkSync(outside, join(folder(), "link"));
  write("a.test.js", testOf(""));
  await run();
  expect(report().tasks.map(({ file }) => file)).toEqual(["a.test.js"]);
  rmSync(outside, { recursive: true });
});

test("with --json, standard output is one document", async () => {
  write("a.test.js", testOf(""));
  const started = start(["run", "--workers", "1", "--json"], { cwd: folder() });
  let text = "";
  started.child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  expect(await started.exited).toBe(0);
  expect(JSON.parse(text)).toMatchObject({ verdict: "passed", account: { discovered: 1, passed: 1 } });
});

test("the same run key runs only what had not passed, and says so", async () => {
  write("good.test.js", testOf(""));
  write("bad.test.js", testOf(`if (process.env.MENDED !== "yes") throw new Error("not yet");`));
  const again = (environment: Record<string, string> = {}) =>
    runToEnd(["run", "--workers", "1", "--run-key", "pipeline-7", "--max-retries", "0"], { cwd: folder(), environment });
  expect((await again()).code).toBe(1);
  const mended = await again({ MENDED: "yes" });
  expect(mended.output).toContain("bad.test.js");
  expect(mended.code).toBe(0);
  expect(
    report()
      .tasks.map(({ file, attempts }) => `${file} ${attempts.length}`)
      .toSorted(),
  ).toEqual(["bad.test.js 2", "good.test.js 1"]);
  const third = await again({ MENDED: "yes" });
  expect(third.output).toContain("nothing is run again");
  expect(third.code).toBe(0);
});

test.each(["state.db", "ledger.db"])("a state whose %s is of a newer version is refused and left as it is", async (name) => {
  write("a.test.js", testOf(""));
  expect((await run()).code).toBe(0);
  const state = join(folder(), ".shardwright", "state");
  const database = new DatabaseSync(join(state, name));
  database.exec("PRAGMA user_version = 99");
  database.close();
  rmSync(join(folder(), "shardwright-report"), { recursive: true });
  const before = readFileSync(join(state, name));
  for (const refused of [() => run(), () => runToEnd(["coordinator", "--port", "0", "--state-dir", state])]) {
    const { code, output } = await refused();
    expect(output).toContain("was written by a newer version (schema 99");
    expect(output).toContain("--state-dir");
    expect(code).toBe(3);
  }
  expect(readFileSync(join(state, name)).equals(before)).toBe(true);
  expect(hasReports()).toBe(false);
});

test("two runs at one time in one folder do not hinder each other", async () => {
  for (const name of ["a", "b", "c"]) write(`${name}.test.js`, testOf(""));
  const both = await Promise.all([run("--output-dir", "one"), run("--output-dir", "two")]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  for (const { output } of both) expect(output).toContain("3 discovered = 3 passed");
});

test("stopped by a signal, a run still leaves its report", async () => {
  write("slow.test.js", testOf("await new Promise((resolve) => setTimeout(resolve, 600_000));"));
  const started = start(["run", "--workers", "1"], { cwd: folder() });
  await until("the run", async () => started.output().includes("1 test file"));
  started.child.kill("SIGINT");
  expect(await started.exited).toBe(4);
  expect(report()).toMatchObject({ verdict: "cancelled", account: { cancelled: 1 } });
});

test.skipIf(process.platform === "win32" || process.getuid?.() === 0)(
  "a workspace that cannot be written to is tested all the same",
  async () => {
    write("a.test.js", testOf(""));
    chmodSync(folder(), 0o555);
    const output = mkdtempSync(join(tmpdir(), "elsewhere-"));
    try {
      expect((await run("--output-dir", output)).code).toBe(0);
    } finally {
      chmodSync(folder(), 0o755);
      rmSync(output, { recursive: true });
    }
  },
);

test("split gives each file to just one share", async () => {
  const names = Array.from({ length: 7 }, (_, index) => `t${index}.test.js`);
  for (const name of names) write(name, testOf(""));
  const shares = await Promise.all(
    [0, 1, 2].map((index) => runToEnd(["split", "--index", String(index), "--total", "3"], { cwd: folder() })),
  );
  expect(shares.flatMap(({ output }) => output.trim().split("\n")).toSorted()).toEqual(names);
});
const hasGo = spawnSync("go", ["version"]).status === 0;

test.skipIf(!hasGo)("packages of Go are recognised, run, and reported by their folders", async () => {
  const tests = (...bodies: string[]) =>
    `package p\n\nimport "testing"\n\n${bodies.map((body, index) => `func Test${index}(t *testing.T) { ${body} }\n`).join("\n")}`;
  rmSync(join(folder(), "package.json"));
  write("go.mod", "module example.test/m\n\ngo 1.19\n");
  write("root_test.go", tests(""));
  write("inner/good/good_test.go", tests("", 't.Skip("later")'));
  write("inner/bad/bad_test.go", tests('t.Error("two is not three")'));
  const { code, output } = await run("--max-retries", "0");
  expect(code).toBe(1);
  expect(output).toContain("two is not three");
  const { tasks, account } = report();
  expect(tasks.map(({ file, status }) => `${file} ${status}`).toSorted()).toEqual([
    ". passed",
    "inner/bad failed",
    "inner/good passed",
  ]);
  expect(account).toMatchObject({ discovered: 3, passed: 2, failed: 1 });
  expect(
    tasks.flatMap(({ attempts }) => attempts.flatMap(({ cases }) => cases.map((one) => `${one.file}:${one.line}`))).toSorted(),
  ).toEqual(["inner/bad/bad_test.go:5", "inner/good/good_test.go:5", "inner/good/good_test.go:7", "root_test.go:5"]);
  const { code: onlyRoot } = await run("--runner", "go", "--test-pattern", "root_test.go", "--exclude", "inner");
  expect(onlyRoot).toBe(0);
  expect(report().account).toMatchObject({ discovered: 1, passed: 1 });
});
