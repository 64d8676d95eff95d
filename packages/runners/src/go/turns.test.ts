import { readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runIn } from "../testing/test-folder.ts";
import { go, runOne, summary, Workspace } from "./driving.test-data.ts";
import { parseGoLine } from "./go-line.ts";

let workspace: Workspace;
beforeEach(async () => {
  workspace = await Workspace.make({ "go.mod": "module example.test/m\n\ngo 1.19\n" });
});
afterEach(() => workspace.remove());

test.each([
  [["-p", "1"], [], 1],
  [[], ["-p=3"], 3],
  [["-p=2"], ["-p=1"], 2],
  [["-p=0"], [], undefined],
  [["-parallel=1"], [], undefined],
] as const)("%j with GOFLAGS %j lets so many packages run at the same time: %s", (args, flags, places) => {
  expect(parseGoLine([...args], [...flags]).places).toBe(places);
});

describe.skipIf(go === undefined)("sessions", () => {
  test("take turns where -p says how many packages may run at the same time", async () => {
    // Each looks out for the other for as long as it runs; what is built beforehand begins at once.
    const watchful = (own: string, other: string) => `package ${own}

import ("os"; "testing"; "time")

func TestAlone(t *testing.T) {
	os.WriteFile("../${own}.running", nil, 0o600)
	defer os.Remove("../${own}.running")
	for i := 0; i < 100; i++ {
		if _, err := os.Stat("../${other}.running"); err == nil { t.Fatal("${other} runs, too") }
		if _, err := os.Stat("../build"); err == nil { return }
		time.Sleep(20 * time.Millisecond)
	}
}
`;
    await workspace.write({ "a/x_test.go": watchful("a", "b"), "b/x_test.go": watchful("b", "a"), build: "" });
    const open = (slot: string) => workspace.open(["-p=1"], ".", { SHARDWRIGHT_SLOT: slot, SHARDWRIGHT_METRICS: `/${slot}` });
    const [one, two] = await Promise.all([open("0"), open("1")]);
    await runIn(one, "a", "b");
    await rm(join(workspace.path, "build"));
    const ran = await Promise.all([runIn(one, "a"), runIn(two, "b")]);
    expect(ran.flat().map(summary)).toEqual([["TestAlone: passed"], ["TestAlone: passed"]]);
  });

  test("run all again that is to be covered, whatever an attempt before has finished", async () => {
    await workspace.write({
      "a/x_test.go": `package a\n\nimport "testing"\n\nfunc TestA(t *testing.T) {}\n\nfunc TestB(t *testing.T) {}\n`,
    });
    const task = { file: "a", args: [], finished: [["TestA"]] };
    expect(summary(await runOne(await workspace.open(), task))).toEqual(["TestB: passed"]);
    expect(summary(await runOne(await workspace.open(["-coverprofile=cover.out"]), task))).toEqual([
      "TestA: passed",
      "TestB: passed",
    ]);
    expect(readdirSync(workspace.path).filter((name) => name.startsWith("cover"))).toHaveLength(1);
  });
});
