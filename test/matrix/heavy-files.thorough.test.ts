import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { finalCases, runReportSchema } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { startFleet } from "../cli/fleet.ts";
import { useSuite } from "../cli/suite.ts";
import { until } from "../processes.ts";

const { folder, write } = useSuite();
const mocha = dirname(
  createRequire(join(import.meta.dirname, "../../packages/runners/package.json")).resolve("mocha/package.json"),
);

const cases = Array.from({ length: 8 }, (_, index) => `case ${index}`);
const all = [...cases, "known only at work"];
const takesLong = /heavy\.spec\.js takes long: it is dealt out in \d+ parts\./;

test("of the jobs of a pipeline, the one that creates the run deals its heavy files out in parts", async () => {
  mkdirSync(join(folder(), "node_modules"));
  symlinkSync(mocha, join(folder(), "node_modules/mocha"), "junction");
  write("package.json", JSON.stringify({ scripts: { test: "mocha '*.spec.js'" } }));
  write("light.spec.js", 'it("is light", () => {});\n');
  write(
    "heavy.spec.js",
    `for (const name of ${JSON.stringify(cases)}) it(name, () => new Promise((go) => setTimeout(go, 350)));
if (process.env.SHARDWRIGHT_SLOT !== undefined) it("known only at work", () => {});\n`,
  );
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  const launch = (key: string, index: number, ...more: string[]) => {
    const which = ["--run-key", key, "--index", String(index), "--total", "2", "--slots", "1"];
    return fleet.launch(["worker", ...which, "--output-dir", `out-${key}-${index}`, ...more], { cwd: folder() });
  };
  const job = async (key: string, index: number, ...more: string[]) => {
    const { exited, output } = launch(key, index, ...more);
    const code = await exited;
    if (code !== 0) throw new Error(output());
    const report = runReportSchema.parse(JSON.parse(readFileSync(join(folder(), `out-${key}-${index}`, "report.json"), "utf8")));
    return { code, output: output(), report, heavy: report.tasks.find(({ file }) => file === "heavy.spec.js") };
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
    expect(report).toMatchObject({ account: { discovered: 2, passed: 2 }, cases: { total: 10, passed: 10 } });
    expect(heavy?.parts).toBeGreaterThan(1);
    expect((heavy === undefined ? [] : finalCases(heavy)).map(({ path }) => path.join()).toSorted()).toEqual(all);
  }
  // Both may have found no run. It is told by the one that was first.
  expect(ran.filter(({ output }) => takesLong.test(output))).toHaveLength(1);

  // A run that is there keeps its parts, and is joined whatever the joining job would have made of it.
  const again = await job("second", 0, "--no-split-files");
  expect(again.output).toContain("nothing is run again");
  expect(again.heavy?.parts).toBe(ran[0]?.heavy?.parts);

  // A job that dies in the middle of a part leaves it to the other.
  const untilReported = (count: number) =>
    until(`case ${count}`, async () => {
      const { runs } = (await fleet.call("GET", "runs?run_key=third")) as { runs: { cases: number }[] };
      return (runs[0]?.cases ?? 0) >= count;
    });
  const victim = launch("third", 0);
  await untilReported(1);
  const survivor = job("third", 1);
  await untilReported(3);
  victim.child.kill("SIGKILL");
  const { heavy, report } = await survivor;
  expect(report).toMatchObject({ verdict: "passed", cases: { total: 10, passed: 10 } });
  expect((heavy === undefined ? [] : finalCases(heavy)).map(({ path }) => path.join()).toSorted()).toEqual(all);
});
