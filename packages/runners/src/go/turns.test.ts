import { readdirSync } from "node:fs";
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
    // Each holds what there is once for as long as it runs.
    const exclusive = (name: string) => `package ${name}

import ("os"; "testing"; "time")

func Test${name.toUpperCase()}(t *testing.T) {
	if err := os.Mkdir("../lock", 0o700); err != nil { t.Fatal(err) }
	time.Sleep(100 * time.Millisecond)
	os.Remove("../lock")
}
`;
    await workspace.write(Object.fromEntries(["a", "b", "c", "d"].map((name) => [`${name}/x_test.go`, exclusive(name)])));
    const open = (slot: string) => workspace.open(["-p=1"], ".", { SHARDWRIGHT_SLOT: slot, SHARDWRIGHT_METRICS: `/${slot}` });
    const [one, two] = await Promise.all([open("0"), open("1")]);
    const ran = await Promise.all([runIn(one, "a", "b"), runIn(two, "c", "d")]);
    expect(ran.flat().map(summary)).toEqual([["TestA: passed"], ["TestB: passed"], ["TestC: passed"], ["TestD: passed"]]);
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
