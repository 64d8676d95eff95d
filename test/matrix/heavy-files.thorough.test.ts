import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { finalCases, runReportSchema } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { startFleet } from "../cli/fleet.ts";
import { useSuite } from "../cli/suite.ts";

const { folder, write } = useSuite();
const mocha = dirname(
  createRequire(join(import.meta.dirname, "../../packages/runners/package.json")).resolve("mocha/package.json"),
);

const cases = Array.from({ length: 8 }, (_, index) => `case ${index}`);
const takesLong = /heavy\.spec\.js takes long: it is dealt out in \d+ parts\./;

test("of the jobs of a pipeline, the one that creates the run deals its heavy files out in parts", async () => {
  mkdirSync(join(folder(), "node_modules"));
  symlinkSync(mocha, join(folder(), "node_modules/mocha"), "junction");
  write("package.json", JSON.stringify({ scripts: { test: "mocha '*.spec.js'" } }));
  write("light.spec.js", 'it("is light", () => {});\n');
  write(
    "heavy.spec.js",
    `for (const name of ${JSON.stringify(cases)}) it(name, () => new Promise((go) => setTimeout(go, 350)));\n`,
  );
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  const job = async (key: string, index: number, ...more: string[]) => {
    const output = `out-${key}-${index}`;
    const which = ["--run-key", key, "--index", String(index), "--total", "2", "--slots", "1", "--output-dir", output, ...more];
    const ended = await fleet.toEnd(["worker", ...which], { cwd: folder() });
    if (ended.code !== 0) throw new Error(ended.output);
    const report = runReportSchema.parse(JSON.parse(readFileSync(join(folder(), output, "report.json"), "utf8")));
    const heavy = report.tasks.find(({ file }) => file === "heavy.spec.js");
    return { ...ended, report, heavy };
  };
  const jobs = (key: string, ...more: string[]) => Promise.all([0, 1].map((index) => job(key, index, ...more)));

  // Without a history, and where nobody wants it, all stays whole.
  for (const [key, flags] of [
    ["first", []],
    ["whole", ["--no-split-files"]],
  ] as const)
    for (const { code, output, heavy } of await jobs(key, ...flags))
      expect({ code, parts: heavy?.parts, split: takesLong.test(output) }).toEqual({ code: 0, parts: undefined, split: false });

  const ran = await jobs("second");
  for (const { code, report, heavy } of ran) {
    expect(code).toBe(0);
    expect(report).toMatchObject({ account: { discovered: 2, passed: 2 }, cases: { total: 9, passed: 9 } });
    expect(heavy?.parts).toBeGreaterThan(1);
    expect((heavy === undefined ? [] : finalCases(heavy)).map(({ path }) => path.join()).toSorted()).toEqual(cases);
  }
  // Both may have found no run. It is told by the one that was first.
  expect(ran.filter(({ output }) => takesLong.test(output))).toHaveLength(1);

  // A run that is there keeps its parts, and is joined whatever the joining job would have made of it.
  const again = await job("second", 0, "--no-split-files");
  expect(again.output).toContain("nothing is run again");
  expect(again.heavy?.parts).toBe(ran[0]?.heavy?.parts);
});
