import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { CaseResult, TaskOutcome } from "../runner.ts";
import { environment, go, minor, runOne, summary, Workspace } from "./driving.test-data.ts";
import { runIn, type Ran } from "../testing/test-folder.ts";
import { module, packages, special } from "./fixture.test-data.ts";

const isWindows = process.platform === "win32";

describe.skipIf(go === undefined)("packages, as go test runs them", () => {
  let workspace: Workspace;
  let ran: Map<string, Ran>;
  /** What `go test` itself says of each package: its own verdicts, and the events of its tests. */
  let own: {
    readonly verdicts: Map<string, string>;
    readonly events: Map<string, string[]>;
  };

  beforeAll(async () => {
    workspace = await Workspace.make({ ...module, ...packages });
    const files = (await workspace.discover()).files.filter(({ variant }) => variant === undefined);
    const results = await runIn(
      await workspace.open(),
      ...files.map(({ file }) => ({ file, args: file === "slow" ? ["-timeout=300ms"] : [] })),
    );
    ran = new Map(files.map(({ file }, index) => [file, results[index] as Ran]));
    own = ownRun(
      workspace.path,
      files.map(({ file }) => file).filter((file) => file !== "slow"),
    );
  });
  afterAll(() => workspace.remove());

  test("all that go list ./... calls a test is a task, and nothing else", () => {
    expect([...ran.keys()]).toEqual([
      "broken",
      "exits",
      "exitszero",
      "external",
      "kinds",
      "mainfails",
      "mainstops",
      "mainzero",
      "nested",
      "panics",
      "silent",
      "skips",
      "slow",
      "swallows",
      "unparsable",
      "uses",
      "vetted",
    ]);
  });

  test("no package is green that go test calls red", () => {
    const verdicts = [...ran]
      .filter(([file]) => file !== "slow")
      .map(([file, { result }]) => [file, result?.outcome === "passed" || result?.outcome === "skipped"]);
    const theirs = verdicts.map(([file]) => String(file)).map((file) => [file, own.verdicts.get(file) === "ok"]);
    // Go goes by the exit code alone: these end with 0, though tests failed or never ended.
    const stricter = new Set(["silent", "swallows"]);
    expect(verdicts).toEqual(theirs.map(([file, isGreen]) => [file, isGreen === true && !stricter.has(String(file))]));
    expect([...stricter].map((file) => own.verdicts.get(file))).toEqual(["ok", "ok"]);
  });

  test("the same cases with the same results as in go test -json", () => {
    for (const file of ["kinds", "external", "skips", "mainfails", "swallows"]) {
      const ours = (ran.get(file)?.cases ?? []).map(({ path, status }) => `${path.join("/")} ${status}`).toSorted();
      // Before Go 1.20, test2json loses the end of a test that prints no newline at its end.
      const lost = minor < 20 && file === "kinds" ? ["TestWithoutNewline passed"] : [];
      // To it, a line is a frame that says so, whoever printed it.
      const quoted = minor < 20 && file === "kinds" ? ["TestQuoted failed"] : [];
      expect([...ours, ...quoted].toSorted()).toEqual([...(own.events.get(file) ?? []), ...lost].toSorted());
    }
  });

  test("every kind of result keeps its meaning", () => {
    const kinds = ran.get("kinds");
    expect(summary(kinds).toSorted()).toEqual(
      [
        "TestPasses: passed",
        "TestSubtests > two_words: passed",
        "TestSubtests > a > slash: passed",
        "TestSubtests > (signs)_[a-z]+_$1_^x|y_\\d_'q'_\"dq\"_*: passed",
        "TestSubtests > héllo_€: passed",
        "TestSubtests > #00: passed",
        "TestSubtests > twice: passed",
        "TestSubtests > twice#01: passed",
        "TestSubtests > fails: failed",
        "TestSubtests > skipped: skipped",
        "TestSubtests > deep > deeper: passed",
        "TestSubtests > deep: passed",
        "TestSubtests: failed",
        "TestParallel > x: passed",
        "TestParallel > y: passed",
        "TestParallel: passed",
        "TestFirstOfTwo: passed",
        "TestSecondOfTwo: passed",
        "TestQuotes: passed",
        "TestWithoutNewline: passed",
        "Example_good: passed",
        "Example_bad: failed",
        "FuzzSeeds > seed#0: passed",
        "FuzzSeeds > kept: passed",
        "FuzzSeeds: passed",
      ].toSorted(),
    );
    const by = (name: string) => kinds?.cases.find(({ path }) => path.join("/") === name);
    expect(by("TestPasses")).toMatchObject({ file: "kinds/kinds_test.go", line: 9, ordinal: 0, retries: 0 });
    expect(by("TestPasses")?.output).toBe("    kinds_test.go:10: logged\nprinted\nwarned");
    expect(by("TestSubtests/fails")).toMatchObject({ line: 15, message: "got 1, want 2\nover two lines" });
    expect(by("TestSubtests/fails")?.details).toContain("kinds_test.go:24: before");
    expect(by("TestSubtests")?.message).toBe("A subtest failed.");
    expect(by("TestSubtests/skipped")?.message).toBe("not here");
    expect(by("TestParallel/x")?.output).toBe("    kinds_test.go:36: in x");
    expect(by("TestWithoutNewline")?.output).toBe("no newline");
    expect(by("Example_bad")?.message).toBe("got:\none\nwant:\ntwo");
    expect(kinds?.result).toEqual({
      outcome: "failed",
      failure: {
        kind: "assertion",
        message: "3 of 25 cases failed. TestSubtests > fails: got 1, want 2\nover two lines",
        exit_code: 1,
        complete: true,
      },
    });
    expect(kinds?.printed).toContain("=== RUN   TestPasses\n");
    expect(kinds?.printed).not.toContain("\u0016");
  });

  test("a package and its external tests may use one name", () => {
    expect(summary(ran.get("external"))).toEqual(["TestSame: passed", "TestInside: passed", "TestSame (2): failed"]);
  });

  test("tests that a test runs by its own means are none of the package's", () => {
    expect(summary(ran.get("nested"))).toEqual(["TestRunsOthers > own: passed", "TestRunsOthers: passed", "TestAfter: passed"]);
    expect(ran.get("nested")?.result).toEqual({ outcome: "passed" });
  });

  test("a panic names its test, and what it kept from running makes the package no mere failure", () => {
    const { cases, result } = ran.get("panics") as Ran;
    expect(summary(ran.get("panics"))).toEqual(["TestBefore: passed", "TestPanics > inner: failed", "TestPanics: failed"]);
    expect(cases[1]?.message).toBe("panic: out of order");
    expect(cases[1]?.details).toContain("panics_test.go");
    expect(result).toMatchObject({ outcome: "errored", failure: { kind: "crash", exit_code: 2 } });
    expect(result?.failure?.message).toContain("panic: out of order");
  });

  test("a test that ends the process is named", () => {
    expect(summary(ran.get("exits"))).toEqual(["TestExits: errored"]);
    expect(ran.get("exits")?.cases[0]).toMatchObject({
      message: "The test binary exited with code 3 in this test.",
      output: "last words\n",
    });
    expect(ran.get("exits")?.result).toMatchObject({ outcome: "errored", failure: { kind: "crash", exit_code: 3 } });
    expect(ran.get("exitszero")?.result).toMatchObject({ outcome: "errored", failure: { kind: "crash" } });
    expect(ran.get("exitszero")?.result?.failure?.message).toContain("panic: unexpected call to os.Exit(0) during test");
    expect(summary(ran.get("silent"))).toEqual(["TestBefore: passed", "TestExits: errored"]);
    expect(ran.get("silent")?.result).toMatchObject({ outcome: "errored", failure: { kind: "crash", exit_code: 0 } });
  });

  test("exit code 0 alone is no success", () => {
    expect(ran.get("mainzero")?.result).toEqual({ outcome: "skipped" });
    expect(ran.get("skips")?.result).toEqual({ outcome: "skipped" });
    expect(ran.get("swallows")?.result).toMatchObject({ outcome: "failed", failure: { kind: "assertion", exit_code: 0 } });
  });

  test("an exit code above 0 is a failure, though all tests passed", () => {
    expect(ran.get("mainfails")?.result).toMatchObject({ outcome: "failed", failure: { kind: "assertion", exit_code: 1 } });
    expect(ran.get("mainfails")?.result?.failure?.message).toContain("cannot tear down");
    expect(ran.get("mainstops")?.result).toMatchObject({ outcome: "errored", failure: { kind: "setup-error", exit_code: 2 } });
    expect(ran.get("mainstops")?.result?.failure?.message).toContain("no database");
  });

  test("go's own timeout is one", () => {
    expect(summary(ran.get("slow"))).toEqual(["TestSleeps: failed"]);
    expect(ran.get("slow")?.result).toMatchObject({ outcome: "failed", failure: { kind: "test-timeout", exit_code: 2 } });
    expect(ran.get("slow")?.cases[0]?.message).toBe("panic: test timed out after 300ms");
  });

  test.each([
    ["broken", "undefined: missingFunction"],
    ["uses", "badlib.go:3"],
    ["vetted", "format %d has arg"],
    ["unparsable", "expected 'IDENT'"],
  ])("what go cannot build (%s) is told in its own words", (file, words) => {
    const { cases, result, printed } = ran.get(file) as Ran;
    expect(cases).toEqual([]);
    expect(result).toMatchObject({ outcome: "errored", failure: { kind: "setup-error" } });
    expect(result?.failure?.message).toContain(words);
    expect(result?.failure?.message).not.toContain("WORK=");
    expect(printed).toContain(words);
  });
});

describe.skipIf(go === undefined)("sessions", () => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await Workspace.make({ ...module, ...packages, ...special });
  });
  afterEach(() => workspace.closeSessions());
  afterAll(() => workspace.remove());

  const file = "groups";
  const noted = async () => {
    const path = join(workspace.path, "groups", "ran.txt");
    const lines = existsSync(path) ? (await readFile(path, "utf8")).trim().split("\n") : [];
    await writeFile(path, "");
    return lines.toSorted();
  };

  test("groups of cases run each case once, whatever its name, and report no other", async () => {
    const listed = await workspace.listCases(file);
    const tests = ["TestA", "TestAB", "TestABC", "TestÄ", "TestTree", "TestMore"];
    expect(listed.map(({ path }) => path)).toEqual([...tests, "FuzzA", "ExampleNote"].map((name) => [name]));
    expect(listed[1]).toEqual({ path: ["TestAB"], line: 18 });
    const session = await workspace.open();
    await noted();
    const halves = [listed.filter((_, index) => index % 2 === 0), listed.filter((_, index) => index % 2 === 1)];
    const ran = await runIn(session, ...halves.map((half) => ({ file, args: [], cases: half.map(({ path }) => path) })));
    const subtests = ["a", "a_b", "a+b", "a|b", "(a)", "a.b", "a*", "$HOME_\"x\"_'y'", "a#01"].map((name) => `TestTree/${name}`);
    const plain = tests.filter((name) => name !== "TestTree");
    expect(await noted()).toEqual([...plain, "ExampleNote", "FuzzA/seed#0", ...subtests].toSorted());
    expect(ran.map(({ result }) => result)).toEqual([{ outcome: "passed" }, { outcome: "passed" }]);
    const tops = ran.map(({ cases }) => cases.filter(({ path }) => path.length === 1).map(({ path }) => path.join("")));
    expect(tops.map((half) => half.toSorted())).toEqual(halves.map((half) => half.map(({ path }) => path.join("")).toSorted()));
  });

  test("a test that nobody knew of is run by the task that leaves out all that is named elsewhere, and by no other", async () => {
    const session = await workspace.open();
    const listed = (await workspace.listCases(file)).map(({ path }) => path);
    const named = listed.filter((_, index) => index % 2 === 0);
    await workspace.write({
      "groups/late_test.go": '//go:build late\n\npackage groups\n\nimport "testing"\n\nfunc TestLate(t *testing.T) {}\n',
    });
    const late = await workspace.open(["-tags=late"]);
    const topLevel = ({ cases }: { cases: readonly CaseResult[] }) =>
      cases.filter(({ path }) => path.length === 1).map(({ path }) => path.join(""));
    for (const [target, added] of [
      [session, []],
      [late, ["TestLate"]],
    ] as const) {
      const parts = await runIn(target, { file, cases: named }, { file, except: named }, { file, except: listed });
      const rest = listed.filter((path) => !named.includes(path)).map((path) => path.join(""));
      expect(parts.map((part) => topLevel(part).toSorted())).toEqual([
        named.map((path) => path.join("")).toSorted(),
        [...rest, ...added].toSorted(),
        added,
      ]);
      expect(parts.map(({ result }) => result?.outcome)).toEqual(["passed", "passed", added.length > 0 ? "passed" : "skipped"]);
    }
  });

  test("tests that an earlier attempt finished are left out with their subtests; one that had not ended runs as a whole", async () => {
    const session = await workspace.open();
    const { cases: all } = await runOne(session, { file, args: [] });
    const keyOf = ({ path }: Pick<CaseResult, "path">) => path.join("/");
    const inTree = all.filter(({ path }) => path[0] === "TestTree");
    expect(inTree.length).toBeGreaterThan(1);
    const half = inTree.filter(({ path }) => path.length > 1).map(({ path }) => path);
    const others = all.filter(({ path }) => path[0] !== "TestTree").map(({ path }) => path);
    const [rest, none, gone] = await runIn(
      session,
      { file, finished: [...others, ...half] },
      { file, finished: all.map(({ path }) => path) },
      { file, finished: [["TestGone"]] },
    );
    expect(rest?.cases.map(keyOf).toSorted()).toEqual(inTree.map(keyOf).toSorted());
    expect(rest?.result?.outcome).toBe("passed");
    expect(none).toMatchObject({ cases: [], result: { outcome: "skipped" } });
    expect(gone?.result).toMatchObject({ outcome: "errored", failure: { kind: "runner-error" } });
  });

  test("subtests are chosen exactly by their paths", async () => {
    const session = await workspace.open();
    const { cases: all } = await runOne(session, { file, args: [], cases: [["TestTree"], ["FuzzA"]] });
    await noted();
    const subtests = all.map(({ path }) => path).filter((path) => path.length > 1);
    expect(subtests).toHaveLength(10);
    for (const path of subtests) {
      const { result } = await runOne(session, { file, args: [], cases: [path] });
      expect(result).toEqual({ outcome: "passed" });
      expect(await noted()).toEqual([path.join("/")]);
    }
    await runOne(session, { file, args: [], cases: [["TestTree", "a"], ["FuzzA", "seed#0"], ["TestTree", "a*"], ["TestA"]] });
    expect(await noted()).toEqual(["FuzzA/seed#0", "TestA", "TestTree/a", "TestTree/a*"]);
  });

  test("no result comes from go's cache", async () => {
    const session = await workspace.open();
    const cache = () =>
      spawnSync(go ?? "", ["test", "-json", "./nested"], { cwd: workspace.path, env: environment, encoding: "utf8" }).stdout;
    expect([cache(), cache()][1]).toContain("(cached)");
    expect((await runOne(session, "nested")).result).toEqual({ outcome: "passed" });
    await noted();
    const twice = await runIn(session, { file, args: ["-run=^TestA$"] }, { file, args: ["-run=^TestA$"] });
    expect(twice.map(summary)).toEqual([["TestA: passed"], ["TestA: passed"]]);
    expect(await noted()).toEqual(["TestA", "TestA"]);
  });

  test("a task may take some of a package's files, and has no use for what it does not know", async () => {
    const session = await workspace.open();
    const [some, unknown] = await runIn(session, { file, args: ["-file=more_test.go"] }, { file, args: ["-race"] });
    expect(summary(some)).toEqual(["TestMore: passed"]);
    expect(unknown?.result).toMatchObject({ outcome: "errored", failure: { kind: "runner-error" } });
    expect(unknown?.result?.failure?.message).toContain("not -race");
  });

  test("benchmarks run where they are asked for, and measure", async () => {
    const args = ["-bench=.", "-benchtime=3x", "-run=^$"];
    const { cases, result } = await runOne(await workspace.open(args), file);
    expect(cases.map(({ path, status }) => `${path.join("/")} ${status}`)).toEqual([
      "BenchmarkA/size-10 passed",
      "BenchmarkBad failed",
    ]);
    expect(cases[0]?.properties).toMatchObject({ iterations: "3", "ns/op": expect.stringMatching(/^[\d.]+$/) });
    expect(cases[1]?.message).toBe("bad");
    expect(result?.outcome).toBe("failed");
    const listed = await workspace.listCases(file, [], ["-bench=A", "-run=^TestA$"]);
    expect(listed.map(({ path }) => path)).toEqual([["TestA"], ["BenchmarkA"]]);
    const group = await runOne(await workspace.open(args), { file, args: [], cases: [["BenchmarkA"]] });
    expect(summary(group)).toEqual(["BenchmarkA > size-10: passed"]);
  });

  test("tests find what go test would give them: folder, environment, flags, arguments of their own", async () => {
    const args = ["-short", "./surroundings", "-update", "-args", "left", "over"];
    const own = spawnSync(go ?? "", ["test", "-count=1", "-v", ...args], {
      cwd: workspace.path,
      env: environment,
      encoding: "utf8",
    });
    const { cases, result } = await runOne(await workspace.open(args), "surroundings");
    expect(result).toEqual({ outcome: "passed" });
    const lines = (text: string | undefined) => text?.split("\n").filter((line) => /^(?:has|in|short) /.test(line));
    expect(lines(cases[0]?.output)).toEqual(lines(own.stdout));
    expect(lines(cases[0]?.output)).toContain("short true update true left [left over]");
  });

  test("flags in GOFLAGS count, those for tests as well", async () => {
    const session = await workspace.open([], ".", { GOFLAGS: "-tags=special -short -run=Tagged|Surroundings -v" });
    const [tagged, surroundings, others] = await runIn(session, "tagged", "surroundings", "groups");
    expect(summary(tagged)).toEqual(["TestTagged: passed"]);
    expect(surroundings?.printed).toContain("short true");
    expect(others).toMatchObject({ cases: [], result: { outcome: "skipped" } });
  });

  test("a package without tests under these flags is skipped", async () => {
    const [tagged, excluded] = await runIn(await workspace.open(), "tagged", "excluded");
    expect(tagged).toMatchObject({ cases: [], result: { outcome: "skipped" } });
    expect(tagged?.printed).toContain("no tests");
    // To go, a package of which nothing is left is none.
    expect(excluded).toMatchObject({ cases: [], result: { outcome: "errored", failure: { kind: "setup-error" } } });
    expect(excluded?.result?.failure?.message).toContain("build constraints exclude all Go files");
  });

  test.skipIf(isWindows)("a killed binary costs its package, and nothing after it", async () => {
    const ran = await runIn(await workspace.open(), "killed", { file, args: ["-run=^TestA$"] });
    expect(summary(ran[0])).toEqual(["TestKilled: errored"]);
    expect(ran[0]?.result).toMatchObject({ outcome: "errored", failure: { kind: "crash", signal: "SIGKILL" } });
    expect(ran[1]?.result).toEqual({ outcome: "passed" });
  });

  test("coverage is written for each package beside the file it is wanted in", async () => {
    const { result } = await runOne(await workspace.open(["-coverprofile=cover.out", "-covermode=set"]), {
      file,
      args: ["-run=^TestA$"],
    });
    expect(result).toEqual({ outcome: "passed" });
    expect(await readFile(join(workspace.path, "cover.groups.out"), "utf8")).toMatch(
      /^mode: set\nexample\.test\/fixture\/groups\/note\.go:/,
    );
  });

  test("what a closed session ran is gone, without a result", async () => {
    const session = await workspace.open();
    const outcomes: TaskOutcome[] = [];
    for await (const event of session.execute([{ id: 0, file: "slow", args: [] }])) {
      if (event.type === "started") void session.close("now");
      if (event.type === "finished") outcomes.push(event.result);
    }
    expect(outcomes).toEqual([]);
    expect(session.usable).toBe(false);
  });
});

/** What `go test` says by itself of these packages: `ok` or not, and the ends of tests. */
function ownRun(cwd: string, folders: readonly string[]) {
  const args = ["test", "-count=1", "-json", ...folders.map((folder) => `./${folder}`)];
  const { stdout } = spawnSync(go ?? "", args, { cwd, env: environment, encoding: "utf8" });
  const verdicts = new Map<string, string>();
  const events = new Map<string, string[]>();
  const statuses: Record<string, string> = { pass: "passed", fail: "failed", skip: "skipped" };
  for (const line of stdout.split("\n").filter((text) => text.startsWith("{"))) {
    const event = JSON.parse(line) as { Action: string; Package?: string; Test?: string; Output?: string };
    const { Action, Package = "", Test, Output = "" } = event;
    const status = statuses[Action];
    const folder = Package.replace("example.test/fixture/", "");
    const verdict = /^(ok|FAIL)\s+example/.exec(Output)?.[1];
    if (verdict !== undefined) verdicts.set(folder, verdict);
    if (Test !== undefined && status !== undefined) events.set(folder, [...(events.get(folder) ?? []), `${Test} ${status}`]);
  }
  return { verdicts, events };
}
