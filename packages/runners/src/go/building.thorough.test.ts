import { readdirSync, readFileSync } from "node:fs";
import { chmod, utimes } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { goRunner } from "./runner.ts";
import { environment, go, runOne, summary, Workspace } from "./driving.test-data.ts";
import { runIn } from "../testing/test-folder.ts";

const isWindows = process.platform === "win32";

const tests = (...names: string[]) =>
  `package p\n\nimport "testing"\n\n${names.map((name) => `func Test${name}(t *testing.T) {}\n`).join("\n")}`;

let workspace: Workspace;
let own: Record<string, string>;
beforeEach(async () => {
  workspace = await Workspace.make({ "go.mod": "module example.test/m\n\ngo 1.19\n", "temporary/.keep": "" });
  own = { ...environment, TMPDIR: join(workspace.path, "temporary"), TEMP: join(workspace.path, "temporary") };
});
afterEach(() => workspace.remove());

const left = () => readdirSync(join(workspace.path, "temporary")).filter((name) => name !== ".keep");
const at = (more: Record<string, string> = {}) => ({
  workspace: workspace.path,
  directory: ".",
  environment: { ...own, ...more },
});

/** A go command that notes what it is asked to do, and how to ask it. */
async function notingGo(): Promise<{ readonly options: { go: string; args: string[] }; readonly builds: () => string[][] }> {
  const log = join(workspace.path, "asked.txt");
  const script = `#!/bin/sh\n[ "$1" = test ] && echo "$*" >> ${log}\nexec ${go} "$@"\n`;
  await workspace.write({ "bin/go": script, "asked.txt": "" });
  await chmod(join(workspace.path, "bin/go"), 0o755);
  const builds = () =>
    readFileSync(log, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split(" ").filter((word) => word.startsWith("./")));
  return { options: { go: "./bin/go", args: [] }, builds };
}

describe.skipIf(go === undefined)("building", () => {
  test.skipIf(isWindows)("a package is built once for all its groups, its repetitions and all sessions", async () => {
    await workspace.write({ "a/a_test.go": tests("A", "B", "C", "D") });
    const { options, builds } = await notingGo();
    const sessions = await Promise.all([
      goRunner.open({ ...at(), options }),
      goRunner.open({ ...at({ SHARDWRIGHT_SLOT: "1", SHARDWRIGHT_METRICS: "/1" }), options }),
    ]);
    const group = (...names: string[]) => ({ file: "a", args: [], cases: names.map((name) => [`Test${name}`]) });
    const [one, two] = await Promise.all([runIn(sessions[0], group("A"), group("B")), runIn(sessions[1], group("C", "D"), "a")]);
    expect([...one, ...two].map(summary)).toEqual([
      ["TestA: passed"],
      ["TestB: passed"],
      ["TestC: passed", "TestD: passed"],
      ["TestA: passed", "TestB: passed", "TestC: passed", "TestD: passed"],
    ]);
    expect(builds()).toEqual([["./a"]]);
    await Promise.all(sessions.map((session) => session.close("graceful")));
    expect(left()).toEqual([]);
  });

  test.skipIf(isWindows)("what a batch comes to next is built together, while what it has runs", async () => {
    const names = ["a", "b", "c", "d"];
    await workspace.write(Object.fromEntries(names.map((name) => [`${name}/x_test.go`, tests("X")])));
    const { options, builds } = await notingGo();
    const session = await goRunner.open({ ...at(), options });
    await runIn(session, ...names);
    expect(builds()).toEqual([["./a", "./b", "./c", "./d"]]);
    await session.close("now");
  });

  test.skipIf(isWindows)("what was listed in this process is built ahead of being asked for", async () => {
    const names = ["a", "b", "c"];
    await workspace.write(Object.fromEntries(names.map((name) => [`${name}/x_test.go`, tests("X")])));
    const { options, builds } = await notingGo();
    const session = await goRunner.open({ ...at(), options });
    await goRunner.discover({ ...at(), options, selection: { patterns: [], directories: [], excludes: [] } });
    for (const name of names) expect(summary(await runOne(session, name))).toEqual(["TestX: passed"]);
    expect(builds()).toEqual([["./a", "./b", "./c"]]);
    await session.close("now");
  });

  test.skipIf(isWindows)("what could not be built is tried again when it is asked for again, and not before", async () => {
    const sleeps = `package b\n\nimport (\n\t"testing"\n\t"time"\n)\n\nfunc TestB(t *testing.T) { time.Sleep(300 * time.Millisecond) }\n`;
    await workspace.write({ "a/a_test.go": 'package a\n\nvar x int = ""\n', "b/b_test.go": sleeps });
    const { options, builds } = await notingGo();
    await goRunner.discover({ ...at(), options, selection: { patterns: [], directories: [], excludes: [] } });
    const session = await goRunner.open({ ...at(), options });
    const [a, b] = await runIn(session, "a", "b");
    expect(a?.result).toMatchObject({ outcome: "errored", failure: { kind: "setup-error" } });
    expect(b?.result).toEqual({ outcome: "passed" });
    expect(builds()).toEqual([["./a", "./b"], ["./a"]]);
    await workspace.write({ "a/a_test.go": tests("A") });
    expect(summary(await runOne(session, "a"))).toEqual(["TestA: passed"]);
    await session.close("now");
  });

  test("another run builds anew", async () => {
    await workspace.write({ "a/a_test.go": tests("A") });
    const first = await goRunner.open({ ...at({ SHARDWRIGHT_RUN_ID: "r-1" }), options: { go: go ?? "", args: [] } });
    expect(summary(await runOne(first, "a"))).toEqual(["TestA: passed"]);
    await workspace.write({ "a/a_test.go": tests("Changed") });
    const second = await goRunner.open({ ...at({ SHARDWRIGHT_RUN_ID: "r-2" }), options: { go: go ?? "", args: [] } });
    expect(summary(await runOne(second, "a"))).toEqual(["TestChanged: passed"]);
    await Promise.all([first.close("now"), second.close("now")]);
  });

  test.skipIf(isWindows)("a session that closes while it waits for a build leaves nothing behind", async () => {
    await workspace.write({
      "a/a_test.go": tests("A"),
      "bin/go": `#!/bin/sh\n[ "$1" = test ] && exec sleep 3600\nexec ${go} "$@"\n`,
    });
    await chmod(join(workspace.path, "bin/go"), 0o755);
    const session = await goRunner.open({ ...at(), options: { go: "./bin/go", args: [] } });
    const running = runIn(session, "a");
    // The place is made just before the go command is started.
    while (left().length === 0) await new Promise((resolve) => setImmediate(resolve));
    await session.close("now");
    expect(await running).toEqual([{ cases: [], result: undefined, printed: "" }]);
    expect(left()).toEqual([]);
  });

  test("what killed processes have left is removed after a day", async () => {
    const old = new Date(Date.now() - 25 * 3_600_000);
    // No process has this number: it is above every system's limit.
    const names = ["shardwright-go-999999999-old", "shardwright-go-999999999-new", `shardwright-go-${process.pid}-old`];
    await workspace.write({ "a/a_test.go": tests("A"), ...Object.fromEntries(names.map((name) => [`temporary/${name}/x`, ""])) });
    for (const name of [names[0], names[2]]) await utimes(join(workspace.path, "temporary", name ?? ""), old, old);
    const session = await goRunner.open({ ...at(), options: { go: go ?? "", args: [] } });
    await runOne(session, "a");
    await session.close("now");
    expect(left().toSorted()).toEqual(names.slice(1).toSorted());
  });

  // It takes a compiler for C, and where its cache is empty a quarter of a minute.
  test.skipIf(process.env["TEST_GO_RACE"] === undefined)(
    "races fail their test, or the package (with TEST_GO_RACE)",
    async () => {
      const race = "done := make(chan bool)\n\tgo func() { shared++; close(done) }()\n\tshared++\n\t<-done";
      await workspace.write({
        "in/in_test.go": `package in\n\nimport "testing"\n\nvar shared int\n\nfunc TestRaces(t *testing.T) {\n\t${race}\n}\n`,
        "out/out_test.go": `package out\n\nimport (\n\t"os"\n\t"testing"\n)\n\nvar shared int\n\nfunc TestMain(m *testing.M) {\n\tcode := m.Run()\n\t${race}\n\tos.Exit(code)\n}\n\nfunc TestPasses(t *testing.T) {}\n`,
      });
      const [inside, outside] = await runIn(await workspace.open(["-race"]), "in", "out");
      expect(summary(inside)).toEqual(["TestRaces: failed"]);
      expect(inside?.cases[0]?.details).toContain("WARNING: DATA RACE");
      expect(inside?.result).toMatchObject({ outcome: "failed", failure: { kind: "assertion" } });
      expect(summary(outside)).toEqual(["TestPasses: passed"]);
      expect(outside?.result).toMatchObject({ outcome: "failed", failure: { exit_code: 66 } });
    },
  );
});
