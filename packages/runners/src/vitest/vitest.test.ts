import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CaseResult, RunnerSession, Selection, Suite, TaskOutcome } from "../runner.ts";
import { vitestRunner } from "./runner.ts";

const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:NODE_OPTIONS|VITEST.*|TEST|NODE_ENV|CI)$/.test(name)),
) as Record<string, string>;
const everything: Selection = { patterns: [], directories: [], excludes: [] };
const imports = `import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from "vitest";\n`;
const installed = dirname(createRequire(import.meta.url).resolve("vitest/package.json"));

let workspace: string;
let session: RunnerSession | undefined;

beforeEach(async () => {
  workspace = await realpath(await mkdtemp(join(tmpdir(), "shardwright-vitest-")));
  await mkdir(join(workspace, "node_modules"));
  await symlink(installed, join(workspace, "node_modules/vitest"), "junction");
});
afterEach(async () => {
  await session?.close("now");
  session = undefined;
  await rm(workspace, { recursive: true, force: true });
});

async function write(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(workspace, path)), { recursive: true });
    await writeFile(join(workspace, path), text);
  }
}

async function open(options: Suite["options"] = {}, directory = "."): Promise<RunnerSession> {
  session = await vitestRunner.open({ workspace, directory, options, environment });
  return session;
}

function discover(selection: Partial<Selection> = {}, directory = ".", options: Suite["options"] = {}) {
  return vitestRunner.discover({ workspace, directory, selection: { ...everything, ...selection }, options, environment });
}

async function listed(...args: Parameters<typeof discover>): Promise<string[]> {
  return (await discover(...args)).files.map(({ file, variant }) => (variant === undefined ? file : `${file}#${variant}`));
}

interface Ran {
  readonly cases: CaseResult[];
  result: TaskOutcome | undefined;
  printed: string;
}

/** Runs the files as one batch; args of a task follow its file after a space. */
async function run(target: RunnerSession, ...files: string[]): Promise<Ran[]> {
  const ran: Ran[] = files.map(() => ({ cases: [], result: undefined, printed: "" }));
  const tasks = files.map((line, id) => ({ id, file: line.split(" ")[0] ?? "", args: line.split(" ").slice(1) }));
  for await (const event of target.execute(tasks)) {
    const entry = ran[event.id ?? 0];
    if (entry === undefined) continue;
    if (event.type === "case") entry.cases.push(event.result);
    if (event.type === "finished") entry.result = event.result;
    if (event.type === "output") entry.printed += Buffer.from(event.chunk).toString();
  }
  return ran;
}

function summary(ran: Ran | undefined): string[] {
  return (ran?.cases ?? []).map((result) =>
    [result.path.join(" > "), result.status, ...(result.note ? [result.note] : [])].join(": "),
  );
}

describe("results", () => {
  test("every kind of result keeps its meaning", async () => {
    await write({
      "suite/a.test.ts": `${imports}
test("prints", () => { console.log("caf\\u00e9"); process.stderr.write("aside\\n"); });
test("fails", () => expect(1).toBe(2));
describe("group", () => {
  it.each(["a", "b"])("each %s", () => {});
  it("same", () => {});
  it("same", () => {});
  it.skip("skipped", () => {});
  it("why", (context) => context.skip("not here"));
  it.todo("later");
  it.fails("expected", () => { throw new Error("known"); });
  it.fails("surprise", () => {});
});
let tries = 0;
test("flaky", { retry: 3 }, () => { tries += 1; expect(tries).toBe(3); });
test("slow", { timeout: 10 }, () => new Promise(() => {}));
`,
    });
    const [ran] = await run(await open({}, "suite"), "suite/a.test.ts");
    expect(summary(ran)).toEqual([
      "prints: passed",
      "fails: failed",
      "group > each a: passed",
      "group > each b: passed",
      "group > same: passed",
      "group > same: passed",
      "group > skipped: skipped",
      "group > why: skipped",
      "group > later: skipped: todo",
      "group > expected: passed: expected-failure",
      "group > surprise: failed: unexpected-pass",
      "flaky: passed",
      "slow: failed",
    ]);
    const named = (name: string) => ran?.cases.filter(({ path }) => path.at(-1) === name);
    expect(named("prints")).toMatchObject([{ file: "suite/a.test.ts", line: 3 }]);
    expect(named("fails")).toMatchObject([
      { message: expect.stringContaining("expected 1 to be 2"), details: expect.stringContaining("a.test.ts:4") },
    ]);
    expect(named("same")?.map(({ ordinal }) => ordinal)).toEqual([0, 1]);
    expect(named("why")).toMatchObject([{ message: "not here" }]);
    expect(named("flaky")).toMatchObject([{ retries: 2 }]);
    expect(ran?.printed).toContain("café");
    expect(ran?.printed).toContain("aside");
    expect(ran?.result).toMatchObject({ outcome: "failed", failure: { message: expect.stringContaining("3 tests failed") } });
  });

  test("results come while the file runs", async () => {
    await write({
      "a.test.ts": `${imports}import { existsSync, watch } from "node:fs";
test("first", () => {});
test("second", () => new Promise<void>((resolve) => {
  const look = () => { if (existsSync("go")) { watcher.close(); resolve(); } };
  const watcher = watch(".", look);
  look();
}), 60_000);`,
    });
    const target = await open();
    const seen: string[] = [];
    for await (const event of target.execute([{ id: 7, file: "a.test.ts", args: [] }])) {
      seen.push(event.type === "case" ? event.result.path.join() : event.type);
      // The second test ends only after its file has been made, and that only after the first was reported.
      if (event.type === "case" && event.result.path[0] === "first") await writeFile(join(workspace, "go"), "");
    }
    expect(seen).toEqual(["started", "first", "second", "finished"]);
  });

  test("snapshots are compared, not written", async () => {
    await write({ "a.test.ts": `${imports}test("shot", () => expect({ a: 1 }).toMatchSnapshot());` });
    const [ran] = await run(await open(), "a.test.ts");
    expect(ran?.result?.outcome).toBe("failed");
    await expect(readFile(join(workspace, "__snapshots__/a.test.ts.snap"))).rejects.toThrow("ENOENT");
  });
});

test.each(["forks", "threads"])("no fault of a file in the pool %s makes it green, or harms the next", async (pool) => {
  const dies = pool === "forks" ? `process.kill(process.pid, "SIGKILL")` : `process.exit(7)`;
  const files: readonly (readonly [name: string, text: string, expected: object])[] = [
    ["good", `test("a", () => {});`, { outcome: "passed" }],
    ["import", `import "no-such-package"; test("a", () => {});`, failedAs("setup-error", "no-such-package")],
    ["syntax", `test("a", () => {`, failedAs("setup-error")],
    ["throw", `throw new Error("top");`, failedAt("setup-error", "top", "throw.test.ts:2:")],
    ["empty", ``, failedAs("setup-error", "No test suite found")],
    ["gone", ``, failedAs("setup-error", "gone.test.ts")],
    ["exit", `test("a", () => process.exit(0));`, { outcome: "failed" }],
    [
      "before",
      `describe("s", () => { beforeAll(() => { throw new Error("broke"); }); it("a", () => {}); });`,
      failedAs("setup-error", "broke"),
    ],
    [
      "after",
      `describe("s", () => { afterAll(() => { throw new Error("broke"); }); it("a", () => {}); });`,
      failedAt("setup-error", "broke", "after.test.ts:2:"),
    ],
    ["each", `beforeEach(() => { throw new Error("broke"); }); it("a", () => {});`, { outcome: "failed" }],
    [
      "late",
      `test("a", async () => { void Promise.reject(new Error("late")); await new Promise((go) => setTimeout(go, 5)); });`,
      failedAt("assertion", "late", "late.test.ts:2:"),
    ],
    [
      "dies",
      `test("a", () => { ${dies}; }); test("b", () => {});`,
      pool === "forks" ? { outcome: "errored", failure: { kind: "crash" } } : { outcome: "failed" },
    ],
    ["skips", `test.skip("a", () => {});`, { outcome: "skipped" }],
    ["last", `test("a", () => {});`, { outcome: "passed" }],
  ];
  await write({ "vitest.config.ts": `export default { test: { pool: "${pool}" } };` });
  for (const [name, text] of files) if (name !== "gone") await write({ [`${name}.test.ts`]: imports + text });
  const target = await open();
  const ran = await run(target, ...files.map(([name]) => `${name}.test.ts`));
  const results = Object.fromEntries(files.map(([name], index) => [name, ran[index]?.result]));
  expect(results).toMatchObject(Object.fromEntries(files.map(([name, , expected]) => [name, expected])));
  expect(target.usable).toBe(true);
});

/** With the frames of the project's own code, and no others. */
function failedAt(kind: string, words: string, place: string): object {
  const message = expect.stringMatching(
    new RegExp(`^[^\\n]*${words}(\\n    at [^\\n]*${place.replaceAll(".", "\\.")}\\d+\\)?)+$`),
  );
  return { outcome: "failed", failure: { kind, message } };
}

function failedAs(kind: string, words = ""): object {
  return { outcome: "failed", failure: { kind, message: expect.stringContaining(words) } };
}

describe("isolation stays as it is configured", () => {
  const files = ["a", "b", "c", "d", "e"].map((name) => `${name}.test.ts`);
  const leak = `${imports}test("a", () => {
  const holder = globalThis as { left?: number };
  holder.left = (holder.left ?? 0) + 1;
  console.log("left " + holder.left + " in " + process.pid + ".");
});`;

  test.each([
    ["forks", true],
    ["forks", false],
    ["threads", true],
    ["threads", false],
    ["vmThreads", true],
  ])("pool %s, isolate %s", async (pool, isolate) => {
    await write({ "vitest.config.ts": `export default { test: { pool: "${pool}", isolate: ${isolate} } };` });
    for (const file of files) await write({ [file]: leak });
    const target = await open();
    const ran = [...(await run(target, ...files.slice(0, 3))), ...(await run(target, ...files.slice(3)))];
    expect(ran.map(({ result }) => result?.outcome)).toEqual(files.map(() => "passed"));
    const said = ran.map(({ printed }) => /left (\d+) in (\d+)/.exec(printed));
    expect(said.map((match) => Number(match?.[1]))).toEqual(isolate ? [1, 1, 1, 1, 1] : [1, 2, 3, 4, 5]);
    if (pool === "forks") expect(new Set(said.map((match) => match?.[2])).size).toBe(isolate ? files.length : 1);
  });
});

test("what belongs to a worker that files share is torn down when the session ends, before what belongs to all", async () => {
  await write({
    "vitest.config.ts": `export default { test: { isolate: false, environment: "./environment.ts", globalSetup: "./all.ts" } };`,
    "log.ts": `import { appendFileSync } from "node:fs"; export const log = (line: string) => appendFileSync("log", line + "\\n");`,
    "all.ts": `import { log } from "./log.ts"; export default () => { log("all up"); return () => log("all down"); };`,
    "environment.ts": `import { log } from "./log.ts";
export default { name: "own", viteEnvironment: "ssr", setup() { log("environment up"); return { teardown() { log("environment down"); } }; } };`,
    "fixture.ts": `import { test as base } from "vitest"; import { log } from "./log.ts";
export const test = base.extend<{ shared: number }>({
  shared: [async ({}, use) => { log("worker up"); await use(1); log("worker down"); }, { scope: "worker" }],
});`,
    "a.test.ts": `import { test } from "./fixture.ts"; test("a", ({ shared }) => {});`,
    "b.test.ts": `${imports}test("b", () => {});`,
  });
  const target = await open();
  await run(target, "a.test.ts");
  await run(target, "b.test.ts");
  await target.close("graceful");
  const lines = (await readFile(join(workspace, "log"), "utf8")).trim().split("\n");
  expect(lines).toEqual(["all up", "environment up", "worker up", "worker down", "environment down", "all down"]);
});

test.each([true, false])(
  "slots of one machine have numbers of their own, as vitest's own workers do (isolate %s)",
  async (isolate) => {
    await write({ "vitest.config.ts": `export default { test: { isolate: ${isolate} } };` });
    const files = ["a", "b", "c"].map((name) => `${name}.test.ts`);
    const tells = `${imports}test("a", () => console.log("numbers " + process.env.VITEST_POOL_ID + "/" + process.env.VITEST_WORKER_ID + "."));`;
    for (const file of files) await write({ [file]: tells });
    const workerIds: string[] = [];
    for (const slot of ["0", "3"]) {
      session = await vitestRunner.open({
        workspace,
        directory: ".",
        options: {},
        environment: { ...environment, SHARDWRIGHT_SLOT: slot },
      });
      const said = (await run(session, ...files)).map(({ printed }) => /numbers (\d+)\/(\d+)\./.exec(printed)?.slice(1) ?? []);
      expect(said.map(([pool]) => pool)).toEqual(files.map(() => String(Number(slot) + 1)));
      workerIds.push(...said.map(([, worker]) => worker ?? ""));
      await session.close("now");
    }
    expect(new Set(workerIds).size).toBe(workerIds.length);
  },
);

describe("sessions", () => {
  test("a task's arguments select cases", async () => {
    await write({ "a.test.ts": `${imports}test("one", () => {}); describe("s", () => { test("two", () => {}); });` });
    const ran = await run(await open(), "a.test.ts --testNamePattern=^s", "a.test.ts", "a.test.ts --bail=1");
    const passed = ran.map((entry) => entry.cases.filter(({ status }) => status === "passed").map(({ path }) => path.at(-1)));
    expect(passed).toEqual([["two"], ["one", "two"], []]);
    expect(ran[2]?.result?.failure?.message).toContain("--bail=1");
  });

  test("what decides about a whole run does not decide about a task", async () => {
    await write({
      "vitest.config.ts": `export default { test: { bail: 1, watch: true, reporters: ["json"], outputFile: "own.json", passWithNoTests: true, coverage: { enabled: true } } };`,
      "a.test.ts": `${imports}test("1", () => expect(1).toBe(2)); test("2", () => expect(1).toBe(2));`,
      "b.test.ts": `${imports}test("3", () => {});`,
    });
    const target = await open();
    const ran = await run(target, "a.test.ts", "b.test.ts");
    expect(ran.map(summary)).toEqual([["1: failed", "2: failed"], ["3: passed"]]);
    await target.close("graceful");
    await expect(readFile(join(workspace, "own.json"))).rejects.toThrow("ENOENT");
  });

  test("a host that is killed costs the task that runs", async () => {
    await write({
      "a.test.ts": `${imports}test("a", () => { process.kill(process.ppid, "SIGKILL"); return new Promise(() => {}); }, 60_000);`,
      "b.test.ts": `${imports}test("b", () => {});`,
    });
    const target = await open();
    const ran = await run(target, "a.test.ts", "b.test.ts");
    expect(ran[0]?.result).toMatchObject({ outcome: "errored", failure: { kind: "crash", signal: "SIGKILL" } });
    expect(ran[1]?.result).toBeUndefined();
    expect(target.usable).toBe(false);
  });

  test("a broken configuration is told", async () => {
    await write({ "vitest.config.ts": `throw new Error("bad configuration");`, "a.test.ts": "" });
    await expect(discover()).rejects.toMatchObject({
      code: "discovery-failed",
      message: expect.stringContaining("bad configuration"),
    });
    const [ran] = await run(await open(), "a.test.ts");
    expect(ran?.result?.failure).toMatchObject({ kind: "setup-error", message: expect.stringContaining("bad configuration") });
  });

  test("a global set-up that fails lets no file run, in this session or the next", async () => {
    await write({
      "vitest.config.ts": `export default { test: { globalSetup: "./setup.ts" } };`,
      "setup.ts": `export default async () => { throw new Error("no database"); };`,
      "a.test.ts": `${imports}test("a", () => {});`,
      "b.test.ts": `${imports}test("b", () => {});`,
    });
    const failure = { kind: "setup-error", message: expect.stringContaining("no database") };
    const target = await open();
    const [first, second] = await run(target, "a.test.ts", "b.test.ts");
    expect(first).toMatchObject({ cases: [], result: { outcome: "errored", failure } });
    expect(second).toMatchObject({ cases: [], result: undefined });
    expect(target.usable).toBe(false);
    const [again] = await run(await open(), "b.test.ts");
    expect(again?.result).toMatchObject({ outcome: "errored", failure });
  });

  test("options that it does not have are named", async () => {
    await expect(open({ pool: "forks" })).rejects.toMatchObject({
      code: "config-invalid",
      message: expect.stringContaining("pool"),
    });
  });

  test("a vitest that is missing is named", async () => {
    await rm(join(workspace, "node_modules"), { recursive: true });
    await expect(open()).rejects.toMatchObject({ code: "framework-missing" });
    await expect(discover()).rejects.toMatchObject({ code: "framework-missing" });
  });
});

describe("discovery", () => {
  test("follows the project's configuration and imports no test", async () => {
    await write({
      "pkg/vitest.config.ts": `export default { test: { include: ["checks/**/*.check.ts"], exclude: ["**/old/**"] } };`,
      "pkg/checks/a.check.ts": `throw new Error("imported");`,
      "pkg/checks/deep/b.check.ts": "",
      "pkg/checks/old/c.check.ts": "",
      "pkg/other/d.test.ts": "",
    });
    expect(await listed({}, "pkg")).toEqual(["pkg/checks/a.check.ts", "pkg/checks/deep/b.check.ts"]);
    expect(await listed({ directories: ["checks/deep"] }, "pkg")).toEqual(["pkg/checks/deep/b.check.ts"]);
    expect(await listed({ excludes: ["**/deep/**"] }, "pkg")).toEqual(["pkg/checks/a.check.ts"]);
    expect(await listed({ patterns: ["**/*.test.ts"] }, "pkg")).toEqual(["pkg/other/d.test.ts"]);
  });

  test("each project of the configuration runs a file by its own settings", async () => {
    await write({
      "vitest.config.ts": `export default { test: { projects: [
        { test: { name: "one", include: ["a.test.ts", "b.test.ts"], env: { WHO: "one" } } },
        { test: { name: "two", include: ["a.test.ts"], env: { WHO: "two" } } },
      ] } };`,
      "a.test.ts": `${imports}test("is " + process.env.WHO, () => {});`,
      "b.test.ts": "",
    });
    const { files } = await discover();
    expect(await listed()).toEqual(["a.test.ts#one", "a.test.ts#two", "b.test.ts#one"]);
    expect(await listed({}, ".", { projects: ["two"] })).toEqual(["a.test.ts"]);
    const lines = files.slice(0, 2).map(({ file, args = [] }) => [file, ...args].join(" "));
    const ran = await run(await open(), ...lines, lines[0] ?? "", "a.test.ts --project=three");
    expect(ran.slice(0, 3).map(summary)).toEqual([["is one: passed"], ["is two: passed"], ["is one: passed"]]);
    expect(ran[3]?.result?.failure?.message).toContain("three");
  });

  test("type checks are told apart by file, though the compiler looks at all files at once", async () => {
    const check = (assertion: string) =>
      `import { expectTypeOf, test } from "vitest";\ntest("checks", () => { expectTypeOf(1).${assertion}; });\n`;
    await write({
      "vitest.config.ts": `export default { test: { typecheck: { enabled: true } } };`,
      "tsconfig.json": `{ "compilerOptions": { "strict": true, "module": "nodenext", "skipLibCheck": true, "types": [] }, "include": ["*.ts"] }`,
      "a.test-d.ts": check("toBeNumber()"),
      "b.test-d.ts": check("toBeString()"),
      "c.test-d.ts": check("toBeNumber()"),
      "d.test.ts": `${imports}test("runs", () => {});`,
    });
    const { files } = await discover();
    expect(await listed()).toEqual(["a.test-d.ts#typecheck", "b.test-d.ts#typecheck", "c.test-d.ts#typecheck", "d.test.ts"]);
    const lines = files.map(({ file, args = [] }) => [file, ...args].join(" "));
    const ran = await run(await open(), ...lines, lines[1] ?? "");
    expect(ran.map(summary)).toEqual([
      ["checks: passed"],
      ["checks: failed"],
      ["checks: passed"],
      ["runs: passed"],
      ["checks: failed"],
    ]);
    expect(ran.map(({ result }) => result?.outcome)).toEqual(["passed", "failed", "passed", "passed", "failed"]);
  });

  test.each([
    ["vitest.config.mts", { "vitest.config.mts": "" }],
    ["the test key of vite.config.ts", { "vite.config.ts": "export default { test: {} };" }],
    ["the script ‘unit’ of package.json", { "package.json": `{"scripts":{"unit":"cross-env A=1 vitest run"}}` }],
    [undefined, { "vite.config.ts": "export default {};", "package.json": `{"scripts":{"test":"node --test"}}` }],
  ])("detection finds %s", async (sign, files) => {
    await write(files);
    expect(await vitestRunner.detect({ workspace, directory: "." })).toBe(sign);
  });
});
