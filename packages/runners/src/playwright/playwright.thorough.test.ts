import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { imports, run, summary, Workspace } from "./testing/workspace.ts";

let workspace: Workspace | undefined;
afterEach(async () => {
  await workspace?.remove();
  workspace = undefined;
});
async function make(files: Record<string, string>): Promise<Workspace> {
  workspace = await Workspace.make(files);
  return workspace;
}

describe("results", () => {
  test("every kind of result keeps its meaning", async () => {
    const space = await make({
      "suite/a.spec.ts": `${imports}
test("prints", () => { console.log("caf\\u00e9"); process.stderr.write("aside\\n"); });
test("fails", async () => { await test.step("opens", () => test.step("looks", () => { expect(1).toBe(2); })); });
test.describe("group", () => {
  for (const name of ["a", "b"]) test(\`each \${name}\`, () => {});
  test.describe(() => { test("in no title", () => {}); });
  test.skip("skipped", () => {});
  test("why", () => { test.skip(true, "not here"); });
  test.fixme("later", () => {});
  test("expected", () => { test.fail(); throw new Error("known"); });
  test("surprise", () => { test.fail(); });
});
test.describe(() => {
  test.describe.configure({ retries: 3 });
  test("flaky", ({}, info) => expect(info.retry).toBe(1));
});
test("slow", async () => { test.setTimeout(100); await new Promise(() => {}); });
test("annotated", { annotation: { type: "issue", description: "#7" } }, async ({}, info) => {
  await info.attach("note", { body: "in memory" });
  await info.attach("file", { path: __filename });
});
test.describe.serial("in turn", () => {
  test("first", () => {});
  test("second", () => expect(1).toBe(2));
  test("third", () => {});
});
`,
    });
    const [ran] = await run(await space.open({}, "suite"), "suite/a.spec.ts");
    expect(summary(ran)).toEqual([
      "prints: passed",
      "fails: failed",
      "group > each a: passed",
      "group > each b: passed",
      "group > in no title: passed",
      "group > skipped: skipped",
      "group > why: skipped",
      "group > later: skipped: todo",
      "group > expected: passed: expected-failure",
      "group > surprise: failed: unexpected-pass",
      "flaky: passed",
      "slow: failed",
      "annotated: passed",
      "in turn > first: passed",
      "in turn > second: failed",
      "in turn > third: skipped",
    ]);
    const named = (name: string) => ran?.cases.filter(({ path }) => path.at(-1) === name);
    expect(named("prints")).toMatchObject([{ file: "suite/a.spec.ts", line: 3, output: "café\naside\n" }]);
    const [fails] = named("fails") ?? [];
    expect(fails?.message).toMatch(/^expect\(received\)\.toBe\(expected\)[\s\S]*Expected: 2\nReceived: 1/);
    expect(fails?.details).toMatch(/^In the step: opens › looks\n[\s\S]*a\.spec\.ts:4[\s\S]*> 4 \|/);
    expect(named("why")).toMatchObject([{ message: "not here" }]);
    expect(named("flaky")).toMatchObject([{ retries: 1 }]);
    expect(named("slow")).toMatchObject([{ message: expect.stringContaining("Test timeout of 100ms exceeded") }]);
    expect(named("third")).toMatchObject([{ message: expect.stringContaining("did not run") }]);
    expect(named("annotated")?.[0]?.properties).toEqual({
      issue: "#7",
      "attachment file": expect.stringMatching(/^suite\/test-results\/.*\/attachments\/file-[0-9a-f]+\.ts$/),
    });
    expect(ran?.printed).toContain("café");
    expect(ran?.printed).toContain("aside");
    expect(ran?.result).toMatchObject({
      outcome: "failed",
      failure: { message: expect.stringContaining("4 tests failed: expect(") },
    });
  });

  test("results come while the file runs, those of serial groups when they are final, and snapshots are compared, not written", async () => {
    const space = await make({
      "playwright.config.ts": `export default { retries: 1 };`,
      "a.spec.ts": `${imports}import { existsSync, watch } from "node:fs";
test("first", () => {});
test("second", () => new Promise<void>((resolve) => {
  const look = () => { if (existsSync("go")) { watcher.close(); resolve(); } };
  const watcher = watch(".", look);
  look();
}));
test.describe.serial("turns", () => {
  test("one", () => {});
  test("two", ({}, info) => expect(info.retry).toBe(1));
});
test("shot", () => expect("text").toMatchSnapshot("shot.txt"));`,
    });
    const seen: string[] = [];
    for await (const event of (await space.open()).execute([{ id: 7, file: "a.spec.ts", args: [] }])) {
      if (event.type !== "output")
        seen.push(event.type === "case" ? `${event.result.path.at(-1)} ${event.result.retries}` : event.type);
      // The second test ends only after its file has been made, and that only after the first was reported.
      if (event.type === "case" && event.result.path[0] === "first") await writeFile(join(space.path, "go"), "");
    }
    expect(seen.slice(0, 3)).toEqual(["started", "first 0", "second 0"]);
    expect(seen.slice(3).sort()).toEqual(["finished", "one 1", "shot 1", "two 1"]);
    expect(existsSync(join(space.path, "a.spec.ts-snapshots"))).toBe(false);
  });
});

test("no fault of a file makes it green, or harms the next", async () => {
  const files: readonly (readonly [name: string, text: string, expected: object])[] = [
    ["good", `test("a", () => {});`, { outcome: "passed" }],
    ["import", `import "no-such-package"; test("a", () => {});`, failedAs("setup-error", "no-such-package")],
    ["syntax", `test("a", () => {`, failedAs("setup-error", "SyntaxError")],
    ["throw", `throw new Error("top");`, failedAs("setup-error", "top")],
    ["twice", `test("same", () => {}); test("same", () => {});`, failedAs("setup-error", "duplicate test title")],
    ["gone", ``, failedAs("setup-error", "gone.spec.ts")],
    [
      "exit",
      `test("a", () => process.exit(0)); test("b", () => {});`,
      { outcome: "errored", failure: { kind: "crash", exit_code: 0 } },
    ],
    ["after", `test.afterAll(() => { throw new Error("broke"); }); test("a", () => {});`, failedAs("assertion", "broke")],
    [
      "fixture",
      `test.extend<{ own: number }>({ own: async ({}, use) => { await use(1); throw new Error("broke"); } })("a", ({ own }) => {});`,
      failedAs("assertion", "broke"),
    ],
    [
      "late",
      `test("a", async () => { void Promise.reject(new Error("late")); await new Promise((go) => setTimeout(go, 50)); });`,
      failedAs("assertion", "late"),
    ],
    [
      "dies",
      `test("a", () => { process.kill(process.pid, "SIGKILL"); return new Promise(() => {}); }); test("b", () => {});`,
      { outcome: "errored", failure: { kind: "crash", signal: "SIGKILL", message: expect.stringContaining("under a (") } },
    ],
    [
      "worker",
      `test.extend<{}, { own: number }>({ own: [async ({}, use) => { await use(1); throw new Error("broke"); }, { scope: "worker" }] })
("a", ({ own }) => {});`,
      failedAs("setup-error", "broke"),
    ],
    ["imports", `import "./good.spec.ts"; test("a", () => {});`, failedAs("setup-error", "another test file: good.spec.ts")],
    ["skips", `test.skip("a", () => {});`, { outcome: "skipped" }],
    // Playwright's run of all files has nothing against a file without tests.
    ["empty", ``, { outcome: "skipped" }],
    ["only", `test.only("a", () => {}); test("b", () => { throw new Error("left out"); });`, { outcome: "passed" }],
    ["last", `test("a", () => {});`, { outcome: "passed" }],
  ];
  const space = await make({});
  for (const [name, text] of files) if (name !== "gone") await space.write({ [`${name}.spec.ts`]: imports + text });
  const session = await space.open();
  const ran = await run(session, ...files.map(([name]) => `${name}.spec.ts`));
  const results = Object.fromEntries(files.map(([name], index) => [name, ran[index]?.result]));
  expect(results).toMatchObject(Object.fromEntries(files.map(([name, , expected]) => [name, expected])));
  expect(session.usable).toBe(true);
  const cases = Object.fromEntries(files.map(([name], index) => [name, summary(ran[index])]));
  expect(cases).toMatchObject({ dies: ["a: errored", "b: passed"], exit: ["a: errored", "b: passed"], only: ["a: passed"] });
});

function failedAs(kind: string, words: string): object {
  return { outcome: "failed", failure: { kind, message: expect.stringContaining(words) } };
}

describe("a session", () => {
  test("keeps its worker from file to file, as one run of Playwright does, until a test fails in it or a fixture of the user's lives in it", async () => {
    const fixture = `import { test as base } from "@playwright/test";
export const test = base.extend<{}, { server: number }>({
  server: [async ({}, use, info) => { console.log("up " + info.workerIndex); await use(1); console.log("down"); }, { scope: "worker" }],
});`;
    const tell = `console.log("in " + process.pid + " at " + info.parallelIndex);`;
    const plain = `${imports}test("a", ({}, info) => { ${tell} });`;
    const own = `import { test } from "./own.ts";\ntest("a", ({ server }, info) => { ${tell} });`;
    const space = await make({
      "own.ts": fixture,
      "a.spec.ts": plain,
      "b.spec.ts": plain,
      "c.spec.ts": `${imports}test("a", ({}, info) => { ${tell} throw new Error("no"); });`,
      "d.spec.ts": plain,
      "e.spec.ts": own,
      "f.spec.ts": own,
      "g.spec.ts": plain,
    });
    const session = await space.open({}, ".", { SHARDWRIGHT_SLOT: "3" });
    const names = ["a", "b", "c", "d", "e", "f", "g"];
    const first = await run(session, ...names.slice(0, 4).map((name) => `${name}.spec.ts`));
    const ran = [...first, ...(await run(session, ...names.slice(4).map((name) => `${name}.spec.ts`)))];
    const pids = ran.map(({ printed }) => /in (\d+) at 3/.exec(printed)?.[1]);
    expect(pids).not.toContain(undefined);
    const [a, b, c, d, e, f, g] = pids;
    expect([b, c, g]).toEqual([a, a, d]);
    // A fixture of the user's is torn down with its file.
    expect(new Set([a, d, e, f]).size).toBe(4);
    expect(ran.slice(4, 6).map(({ printed }) => /up (\d+)[\s\S]*down/.exec(printed)?.[1])).toEqual(["131", "195"]);
  });

  test("is not told by the tests what decides about a whole run, nor do they write its reports", async () => {
    const space = await make({
      "playwright.config.ts": `export default {
        maxFailures: 1, globalTimeout: 1, shard: { current: 2, total: 2 }, workers: 8, fullyParallel: true,
        reporter: [["json", { outputFile: "own.json" }], ["html", { open: "never" }], ["./own-reporter.ts", { greeting: "hello" }]],
      };`,
      "own-reporter.ts": `export default class { constructor(private options: { greeting: string }) {}
        onTestEnd(test: { title: string }) { console.log(this.options.greeting + " " + test.title); } }`,
      "a.spec.ts": `${imports}test("1", () => expect(1).toBe(2)); test("2", () => expect(1).toBe(2));`,
      "b.spec.ts": `${imports}test("3", () => {});`,
    });
    const session = await space.open();
    const ran = await run(session, "a.spec.ts", "b.spec.ts");
    expect(ran.map((one) => one.cases.map(({ path, ordinal, status }) => `${path.join()} ${ordinal} ${status}`).sort())).toEqual([
      ["1 0 failed", "2 0 failed"],
      ["3 0 passed"],
    ]);
    expect(ran[1]?.printed).toContain("hello 3");
    await session.close("graceful");
    for (const name of ["own.json", "playwright-report", "test-results/.last-run.json"])
      expect(existsSync(join(space.path, name)), name).toBe(false);
  });

  test("keeps the artifacts of each attempt, and empties their folder once for each run", async () => {
    const space = await make({
      "test-results/stale/old.txt": "of another run",
      "a.spec.ts": `${imports}import { writeFileSync } from "node:fs";
test("a", ({}, info) => { writeFileSync(info.outputPath("note.txt"), ""); console.log("wrote " + info.outputPath("note.txt")); });`,
    });
    const run_id = { SHARDWRIGHT_RUN_ID: "r_1" };
    const ran = await run(await space.open({}, ".", run_id), "a.spec.ts", "a.spec.ts");
    const [first] = await run(await space.open({}, ".", { ...run_id, SHARDWRIGHT_SLOT: "1" }), "a.spec.ts");
    const paths = [...ran, first].map((one) => /wrote (.*note\.txt)/.exec(one?.printed ?? "")?.[1] ?? "");
    expect(new Set(paths).size).toBe(3);
    expect(
      paths.map((path) =>
        path
          .slice(space.path.length + 1)
          .split(/[\\/]/)
          .slice(0, -2)
          .join("/"),
      ),
    ).toEqual(["test-results", "test-results/attempt-2", "test-results/attempt-3"]);
    for (const path of paths) expect(existsSync(path), path).toBe(true);
    expect(existsSync(join(space.path, "test-results/stale"))).toBe(false);
  });

  test("takes Playwright's own arguments, and no others", async () => {
    const space = await make({
      "a.spec.ts": `${imports}test("slow one", ({}, info) => { expect(info.retry).toBe(1); }); test("other", () => {});`,
      "only.spec.ts": `${imports}test.only("a", () => {});`,
    });
    const session = await space.open({ args: ["--retries=1", "--forbid-only", "-g", "^(?!.*other)"] });
    const ran = await run(session, "a.spec.ts", "only.spec.ts", "a.spec.ts --shard=1/2");
    expect(ran.map(summary)).toEqual([["slow one: passed"], [], []]);
    expect(ran[0]?.cases[0]?.retries).toBe(1);
    expect(ran[1]?.result?.failure?.message).toContain("focused with '.only' is not allowed");
    expect(ran[2]?.result?.failure?.message).toContain("--shard=1/2");
    for (const [options, words] of [
      [{ pool: "forks" }, "pool"],
      [{ args: ["--shard=1/2"] }, "--shard has no place here: the tests are dealt out by shardwright"],
      [{ args: ["-j", "4"] }, "-j has no place here"],
      [{ args: ["--retries=many"] }, "--retries is a whole number"],
      [{ args: ["--grep=("] }, "--grep"],
      [{ args: ["--no-such"] }, "--no-such"],
      [{ args: ["a.spec.ts"] }, "--test-pattern"],
    ] satisfies [Parameters<Workspace["open"]>[0], string][])
      await expect(space.open(options)).rejects.toMatchObject({
        code: "config-invalid",
        message: expect.stringContaining(words),
      });
  });

  test("that is killed costs the case that runs; so does a file that ends the process that loads it", async () => {
    const space = await make({
      "a.spec.ts": `${imports}test("a", () => { process.kill(process.ppid, "SIGKILL"); return new Promise(() => {}); });`,
      "b.spec.ts": `${imports}test("b", () => {});`,
      "c.spec.ts": `process.exit(0);`,
    });
    const killed = await space.open();
    const ran = await run(killed, "a.spec.ts", "b.spec.ts");
    expect(ran[0]?.result).toMatchObject({ outcome: "errored", failure: { kind: "crash", signal: "SIGKILL" } });
    expect(summary(ran[0])).toEqual(["a: errored"]);
    expect(ran[1]?.result).toBeUndefined();
    expect(killed.usable).toBe(false);
    const [left] = await run(await space.open(), "c.spec.ts");
    expect(left?.result).toMatchObject({ outcome: "errored", failure: { kind: "crash", exit_code: 0 } });
  });

  test("says what is wrong with a configuration, or that Playwright is missing", async () => {
    const space = await make({ "playwright.config.ts": `throw new Error("bad configuration");`, "a.spec.ts": "" });
    const words = expect.stringContaining("bad configuration");
    await expect(space.discover()).rejects.toMatchObject({ code: "discovery-failed", message: words });
    const [ran] = await run(await space.open(), "a.spec.ts");
    expect(ran?.result?.failure).toMatchObject({ kind: "setup-error", message: words });
    const bare = await Workspace.make({ "package.json": "{}" });
    try {
      await rm(join(bare.path, "node_modules"), { recursive: true });
      await expect(bare.open()).rejects.toMatchObject({ code: "framework-missing" });
      await bare.write({ "node_modules/playwright/package.json": `{"name":"playwright","version":"1.20.0"}` });
      await expect(bare.discover()).rejects.toMatchObject({
        code: "framework-missing",
        message: expect.stringContaining("1.20.0"),
      });
    } finally {
      await bare.remove();
    }
  });
});
