import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { caseResultSchema, failureSchema } from "@shardwright/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CaseResult, RunnerEvent, RunnerSession, Selection, Suite, TaskOutcome } from "../runner.ts";
import { commandRunner } from "./runner.ts";
import { CommandSession } from "./session.ts";
import { parseCommandOptions } from "./options.ts";
import { takeTurn } from "./turn.ts";

const environment = { ...process.env } as Record<string, string>;
const everything: Selection = { patterns: [], directories: [], excludes: [] };
let workspace: string;
const sessions: RunnerSession[] = [];

beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), "shardwright-command-"));
});
afterEach(async () => {
  for (const session of sessions.splice(0)) await session.close("now");
  await rm(workspace, { recursive: true, force: true });
});

async function write(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(workspace, path)), { recursive: true });
    await writeFile(join(workspace, path), text);
  }
}

/** A command that runs a script of Node's with the words after it. */
function script(text: string, ...words: string[]): { command: string[] } {
  const prelude = "const fs = require('node:fs'); const [junit, ...files] = process.argv.slice(1);";
  return { command: [process.execPath, "-e", `${prelude}${text}`, "--", ...words] };
}

async function open(options: Suite["options"], directory = "."): Promise<RunnerSession> {
  const session = await commandRunner.open({ workspace, directory, options, environment });
  sessions.push(session);
  return session;
}

interface Ran {
  readonly cases: CaseResult[];
  result: TaskOutcome | undefined;
  printed: string;
}

async function run(session: RunnerSession, ...tasks: (string | { file: string; args: string[] })[]): Promise<Ran[]> {
  const ran: Ran[] = tasks.map(() => ({ cases: [], result: undefined, printed: "" }));
  const described = tasks.map((task, id) => ({ id, ...(typeof task === "string" ? { file: task, args: [] } : task) }));
  let running: number | undefined;
  for await (const event of session.execute(described)) {
    const entry = ran[event.id ?? 0];
    if (entry === undefined) throw new Error(`an event for no task: ${JSON.stringify(event)}`);
    if (event.type === "started") {
      expect(running).toBeUndefined();
      running = event.id;
    }
    if (event.type === "case") {
      expect(event.id).toBe(running);
      entry.cases.push(caseResultSchema.parse(event.result));
    }
    if (event.type === "finished") {
      expect(event.id).toBe(running);
      running = undefined;
      if (event.result.failure !== undefined) failureSchema.parse(event.result.failure);
      entry.result = event.result;
    }
    if (event.type === "output") entry.printed += Buffer.from(event.chunk).toString();
  }
  return ran;
}

async function runOne(options: Suite["options"], file = "a.txt", args: string[] = []): Promise<Ran> {
  const [ran] = await run(await open(options), { file, args });
  if (ran === undefined) throw new Error("nothing ran");
  return ran;
}

function suite(...cases: string[]): string {
  return `<testsuite name='s'>${cases.join("")}</testsuite>`;
}

const passing = "<testcase name='ok'/>";
const failing = "<testcase name='bad'><failure message='no'/></testcase>";
const erring = "<testcase name='broken'><error message='oh'/></testcase>";

/** Writes this report and exits with this code. */
function reports(xml: string, code = 0): { command: string[] } {
  return script(`fs.writeFileSync(junit, ${JSON.stringify(xml)}); process.exitCode = ${code};`, "{junit}", "{file}");
}

describe("a verdict needs both the report and the exit code", () => {
  test.each([
    ["all pass", suite(passing), 0, "passed", undefined],
    ["some fail", suite(passing, failing), 1, "failed", /^1 of 2 cases failed\. bad: no$/],
    ["failures although it exits with 0", suite(passing, failing), 0, "failed", /bad: no/],
    ["some err", suite(passing, erring), 1, "errored", /^1 of 2 cases errored\. broken: oh$/],
    ["all pass although it exits with 3", suite(passing), 3, "errored", /code 3 though all its cases passed/],
    ["no case", suite(), 0, "skipped", undefined],
    ["no case and exit code 5", suite(), 5, "errored", /code 5 and its report holds no case/],
    ["all skipped", suite("<testcase name='later'><skipped/></testcase>"), 0, "skipped", undefined],
    ["a report that is cut off", "<testsuite><testcase name='ok'/>", 0, "errored", /cannot be read as JUnit XML/],
    ["an empty report", "", 0, "errored", /it is empty/],
    ["a report that is something else", "<html></html>", 0, "errored", /its root is <html>/],
  ])("%s", async (_name, xml, code, outcome, message) => {
    const { result } = await runOne(reports(xml, code));
    expect(result?.outcome).toBe(outcome);
    if (message === undefined) expect(result?.failure).toBeUndefined();
    else expect(result?.failure?.message).toMatch(message);
  });

  test("no report is an error even with exit code 0, and the last words are quoted", async () => {
    const { result } = await runOne(script("console.log('all is well')", "{junit}", "{file}"));
    expect(result).toMatchObject({ outcome: "errored", failure: { kind: "runner-error", exit_code: 0 } });
    expect(result?.failure?.message).toMatch(/code 0 and left no JUnit report[^]*all is well/);
  });

  test("a report is no excuse for a crash", async () => {
    const crash = script(
      `fs.writeFileSync(junit, ${JSON.stringify(suite(passing))}); process.kill(process.pid, 'SIGKILL')`,
      "{junit}",
      "{file}",
    );
    const { cases, result } = await runOne(crash);
    expect(cases).toHaveLength(1);
    expect(result).toMatchObject({
      outcome: "errored",
      failure: { kind: process.platform === "win32" ? "runner-error" : "crash" },
    });
  });

  test("what is no file is not read", async () => {
    if (process.platform === "win32") return;
    const { result } = await runOne({ command: "sh -c 'mkfifo \"$0\"' {junit} {file}" });
    expect(result?.failure?.message).toContain("it is no file");
  });

  test("a folder made at {junit} is read whole", async () => {
    const text = `fs.mkdirSync(junit); fs.writeFileSync(junit + '/a.xml', ${JSON.stringify(suite(passing))});
      fs.writeFileSync(junit + '/b.xml', ${JSON.stringify(suite(failing))}); fs.writeFileSync(junit + '/c.txt', 'x')`;
    const { cases, result } = await runOne(script(text, "{junit}", "{file}"));
    expect(cases.map(({ status }) => status)).toEqual(["passed", "failed"]);
    expect(result?.outcome).toBe("failed");
  });
});

describe("what the program is given", () => {
  const echo = `fs.writeFileSync(junit, ${JSON.stringify(suite(passing))}); console.log(JSON.stringify([process.cwd(), files]))`;

  test("its suite's folder to run in, files relative to it, arguments as they are", async () => {
    await mkdir(join(workspace, "sub"));
    const session = await open(script(echo, "{junit}", "--in={file}", "{args}", "last"), "sub");
    const [ran] = await run(session, { file: "sub/-x {junit} $&.txt", args: ["{file}", "", "a b"] });
    const [cwd, files] = JSON.parse(ran?.printed ?? "[]") as [string, string[]];
    expect(cwd.endsWith("sub")).toBe(true);
    expect(files).toEqual(["--in=./-x {junit} $&.txt", "{file}", "", "a b", "last"]);
  });

  test("files and arguments that the template does not place come last", async () => {
    const { printed } = await runOne(script(echo, "{junit}"), "a.txt", ["-v"]);
    expect(JSON.parse(printed)[1]).toEqual(["-v", "a.txt"]);
  });

  test("only the environment of its session", async () => {
    const session = new CommandSession(
      {
        workspace,
        directory: ".",
        options: {},
        environment: { ...(environment["PATH"] && { PATH: environment["PATH"] }), ONLY: "1" },
      },
      parseCommandOptions({ ...script("console.log(process.env.ONLY, process.env.HOME)"), report: "exit-code" }),
    );
    const [ran] = await run(session, "a.txt");
    expect(ran?.printed.trim()).toBe("1 undefined");
  });
});

describe("one invocation for several files", () => {
  /** Each file's own content is its part of the report. */
  const gather = (code = 0) =>
    script(
      `fs.appendFileSync('calls', files.length + '\\n');
       fs.writeFileSync(junit, '<testsuites>' + files.map((file) => fs.readFileSync(file, 'utf8')).join('') + '</testsuites>');
       process.exitCode = ${code};`,
      "{junit}",
      "{files}",
    );

  test("gives each file its cases, by whichever name they carry", async () => {
    await write({
      "t/file.py": suite("<testcase file='t/file.py' name='1'/>"),
      "t/dot.py": suite("<testcase file='./t/dot.py' name='2'/>"),
      "t/back.py": suite("<testcase file='t\\back.py' name='3'/>"),
      "t/cls.py": suite("<testcase classname='t.cls.TestX' name='4'/>"),
      "src/com/acme/Foo.java": suite("<testcase classname='com.acme.Foo' name='5'/>"),
      "t/whole.py": `<testsuite file='t/whole.py'>${passing}</testsuite>`,
      "t/cls/deep.py": suite("<testcase classname='t.cls.deep.TestX' name='7'/>"),
    });
    const files = ["t/file.py", "t/dot.py", "t/back.py", "t/cls.py", "src/com/acme/Foo.java", "t/whole.py", "t/cls/deep.py"];
    const ran = await run(await open(gather()), ...files);
    expect(ran.map(({ cases }) => cases.map(({ path }) => path.at(-1)))).toEqual([
      ["1"],
      ["2"],
      ["3"],
      ["4"],
      ["5"],
      ["ok"],
      ["7"],
    ]);
    expect(ran.map(({ result }) => result?.outcome)).toEqual(files.map(() => "passed"));
    expect(await readFile(join(workspace, "calls"), "utf8")).toBe("7\n");
  });

  test("is not believed about a file that no case names", async () => {
    await write({ "a.py": suite(passing), "b.py": suite("<testcase file='b.py' name='b'/>"), "c.py": "" });
    const ran = await run(await open(gather()), "a.py", "b.py", "c.py");
    expect(ran.map(({ result }) => result?.outcome)).toEqual(["errored", "passed", "errored"]);
    expect(ran[2]?.result?.failure?.message).toContain("use {file} in place of {files}");
  });

  test("takes a name that two files answer to for neither's", async () => {
    const named = suite("<testcase classname='test_same' name='x'/>");
    await write({ "a/test_same.py": named, "b/test_same.py": named });
    const ran = await run(await open(gather()), "a/test_same.py", "b/test_same.py");
    expect(ran.map(({ result }) => result?.outcome)).toEqual(["errored", "errored"]);
  });

  test("a failure of one explains the exit code to the others", async () => {
    await write({
      "a.py": suite("<testcase file='a.py' name='a'/>"),
      "b.py": suite("<testcase file='b.py' name='b'><failure/></testcase>"),
    });
    const ran = await run(await open(gather(1)), "a.py", "b.py");
    expect(ran.map(({ result }) => result?.outcome)).toEqual(["passed", "failed"]);
  });

  test("a crash ends the first and leaves the rest for another session", async () => {
    const crash = { command: [process.execPath, "-e", "process.abort()", "--", "{junit}", "{files}"] };
    const ran = await run(await open(crash), "a.py", "b.py", { file: "c.py", args: ["other batch"] });
    expect(ran.map(({ result }) => result?.outcome)).toEqual(["errored", undefined, undefined]);
  });

  test("serves files with other arguments, or too many for a command line, by themselves", async () => {
    const long = Array.from({ length: 3 }, (_, index) => `${"d/".repeat(4000)}f${index}`);
    const session = await open(script("fs.appendFileSync('calls', files.length + ' ')", "{junit}", "{args}", "{files}"));
    await run(session, "a.py", "b.py", { file: "c.py", args: ["-k"] }, ...long);
    expect(await readFile(join(workspace, "calls"), "utf8")).toBe("2 2 2 1 ");
  });
});

describe("reports where the program puts them", () => {
  const scattered = (xml: string) => ({
    ...script(
      `if (${JSON.stringify(xml)} !== '') fs.writeFileSync('out/TEST-' + junit + '.xml', ${JSON.stringify(xml)})`,
      "{file}",
    ),
    junit: "out/TEST-*.xml",
  });

  test("only what this invocation wrote counts", async () => {
    await write({ "out/TEST-old.xml": suite(failing), "out/TEST-a.xml": suite(failing) });
    expect((await runOne(scattered(suite(passing)), "a")).result?.outcome).toBe("passed");
    const { result } = await runOne(scattered(""), "a");
    expect(result?.failure?.message).toContain("left no JUnit report that matches out/TEST-*.xml and is new");
  });

  test("turns are taken one at a time, first come first served", async () => {
    const never = new AbortController().signal;
    const order: string[] = [];
    const first = await takeTurn(workspace, never);
    const ask = async (name: string) => {
      const turn = await takeTurn(workspace, never);
      order.push(name);
      turn.end();
    };
    const waiting = [ask("second"), ask("third")];
    await expect(takeTurn(workspace, AbortSignal.timeout(60))).rejects.toMatchObject({ name: "TimeoutError" });
    order.push("first");
    first.end();
    await Promise.all([...waiting, ask("late")]);
    expect(order).toEqual(["first", "second", "third", "late"]);
  });

  test("another process has its turn until it ends, however it ends", async () => {
    const source = `import { takeTurn } from ${JSON.stringify(new URL("turn.ts", import.meta.url).href)};
      await takeTurn(${JSON.stringify(workspace)}, new AbortController().signal); console.log("taken"); setInterval(() => {}, 1000);`;
    const other = spawn(process.execPath, ["--input-type=module", "-e", source], { stdio: ["ignore", "pipe", "inherit"] });
    await once(other.stdout, "data");
    await expect(takeTurn(workspace, AbortSignal.timeout(100))).rejects.toMatchObject({ name: "AbortError" });
    other.kill("SIGKILL");
    (await takeTurn(workspace, new AbortController().signal)).end();
  });

  test("a session that is closed while it waits ends, and lets the next one in", async () => {
    const turn = await takeTurn(workspace, new AbortController().signal);
    const session = await open(scattered(suite(passing)));
    const iterator = session.execute([{ id: 0, file: "a", args: [] }])[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toMatchObject({ type: "started" });
    const next = iterator.next();
    await session.close("now");
    expect(await next).toMatchObject({ done: true });
    const after = takeTurn(workspace, new AbortController().signal);
    turn.end();
    (await after).end();
  });
});

describe("the exit code alone", () => {
  const exitCode = (text: string) => ({ ...script(text, "{file}"), report: "exit-code" });

  test("passes with 0", async () => {
    const { cases, result } = await runOne(exitCode("console.log('hello')"));
    expect(cases).toMatchObject([{ path: ["a.txt"], status: "passed", output: "hello\n" }]);
    expect(result).toEqual({ outcome: "passed" });
  });

  test("fails with any other", async () => {
    const { cases, result } = await runOne(exitCode("process.exit(9)"));
    expect(cases).toMatchObject([{ status: "failed", message: "The command exited with code 9." }]);
    expect(result).toMatchObject({ outcome: "failed", failure: { kind: "assertion", exit_code: 9 } });
  });

  test("a program that cannot be started is an error of the set-up", async () => {
    await write({ "a.txt": "no program" });
    const { result } = await runOne({ report: "exit-code" });
    expect(result).toMatchObject({ outcome: "errored", failure: { kind: "setup-error" } });
    expect(result?.failure?.message).toContain("could not be started");
  });
});

describe("a program that does not behave", () => {
  test("a flood of output is passed on to a limit, and its end kept", async () => {
    const flood = `const block = 'x'.repeat(1 << 20); for (let i = 0; i < 70; i++) fs.writeSync(1, block); fs.writeSync(1, '\\nthe end');`;
    const { printed, result } = await runOne(script(flood, "{junit}", "{file}"));
    expect(printed.length).toBe(64 * 1024 * 1024);
    expect(result?.failure?.message).toContain("the end");
  });

  test("what is left behind holds nothing up", async () => {
    const text = `require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' }).unref();
      fs.writeFileSync(junit, ${JSON.stringify(suite(passing))}); process.exit(0)`;
    expect((await runOne(script(text, "{junit}", "{file}"))).result?.outcome).toBe("passed");
  });

  test("closing ends one that ignores every polite signal, and starts no more", async () => {
    const deaf =
      "process.on('SIGTERM', () => {}); process.on('SIGINT', () => {}); console.log('up'); setInterval(() => {}, 1000)";
    const session = await open(script(deaf, "{junit}", "{file}"));
    const events: RunnerEvent[] = [];
    for await (const event of session.execute([
      { id: 0, file: "a", args: [] },
      { id: 1, file: "b", args: [] },
    ])) {
      events.push(event);
      if (event.type === "output") void session.close("now");
    }
    expect(events.filter(({ type }) => type === "started")).toHaveLength(1);
    expect(session.usable).toBe(false);
  });

  test("a caller that stops listening ends the program", async () => {
    const session = await open(script("console.log(process.pid); setInterval(() => {}, 1000)", "{junit}", "{file}"));
    let pid = 0;
    for await (const event of session.execute([{ id: 0, file: "a", args: [] }])) {
      if (event.type !== "output") continue;
      pid = Number(Buffer.from(event.chunk).toString());
      break;
    }
    expect(pid).toBeGreaterThan(0);
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});

describe("discovery", () => {
  const options = { command: "tool {file} {junit}" };
  const discover = (selection: Partial<Selection>, directory = ".") =>
    commandRunner
      .discover({ workspace, directory, selection: { ...everything, ...selection }, options, environment })
      .then(({ files }) => files.map(({ file }) => file));

  test("lists what patterns match and folders hold", async () => {
    await write({
      "s/a.yml": "",
      "s/b.yml": "",
      "s/deep/c.yml": "",
      "s/d.txt": "",
      "s/[x]/e.yml": "",
      "s/node_modules/f.yml": "",
    });
    expect(await discover({ patterns: ["**/*.yml"], excludes: ["b.yml", "[x]"] }, "s")).toEqual(["s/a.yml", "s/deep/c.yml"]);
    expect(await discover({ patterns: ["**/*.yml"], excludes: ["**/dee*/", "[x]"] }, "s")).toEqual(["s/a.yml", "s/b.yml"]);
    expect(await discover({ patterns: ["**/*.yml"], directories: ["./deep/"] }, "s")).toEqual(["s/deep/c.yml"]);
    expect(await discover({ directories: ["deep", "[x]", "d.txt"] }, "s")).toEqual(["s/[x]/e.yml", "s/d.txt", "s/deep/c.yml"]);
  });

  test("asks which files are tests when nothing says so", async () => {
    await expect(discover({})).rejects.toMatchObject({ code: "usage", hint: expect.stringContaining("--test-pattern") });
  });

  test("stays inside the workspace", async () => {
    await expect(discover({ patterns: ["/etc/*"] })).rejects.toMatchObject({ code: "path-outside-workspace" });
    await write({ "s/a.yml": "", "b.yml": "" });
    workspace = join(workspace, "s");
    await expect(discover({ patterns: ["../*.yml"] })).rejects.toMatchObject({ code: "path-outside-workspace" });
    workspace = dirname(workspace);
  });

  test("a program that is not there is named when the session opens", async () => {
    const opened = (command: string) => open({ command: `${command} {file} {junit}` });
    await expect(opened("no-such-program")).rejects.toMatchObject({
      code: "framework-missing",
      message: expect.stringContaining("PATH"),
    });
    await expect(opened("./no-such-program")).rejects.toMatchObject({ code: "framework-missing" });
    await mkdir(join(workspace, "folder"));
    await expect(opened("./folder")).rejects.toMatchObject({ code: "framework-missing" });
  });
});
