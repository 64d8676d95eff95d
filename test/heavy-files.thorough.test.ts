import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { finalCases, readJunit, timingsSchema } from "@shardwright/core";
import { beforeEach, expect, test } from "vitest";
import { useSuite } from "./cli/suite.ts";

const { folder, write, run, report } = useSuite();
const mocha = dirname(createRequire(join(import.meta.dirname, "../packages/runners/package.json")).resolve("mocha/package.json"));

const names = ["adds", "a prefix", "a prefix of another", "regex (signs) [$^*+?.|\\] \"and\" 'quotes'", "same", "same", "last"];
/** Long enough to be worth listing; in all it takes this long at least. */
const caseLength_ms = 350;

function heavyFile(bodyOf: (name: string) => string = () => ""): string {
  const cases = names.map(
    (name) => `  it(${JSON.stringify(name)}, async () => { await wait(${caseLength_ms}); ${bodyOf(name)} });`,
  );
  // Known only where it runs: who lists the cases is no worker.
  const atWork = 'if (process.env.SHARDWRIGHT_SLOT !== undefined) it("at work", () => {});';
  return `const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));\ndescribe("heavy", () => {\n${cases.join("\n")}\n${atWork}\n});\n`;
}

const heavyTask = () => report().tasks.find(({ file }) => file === "heavy.spec.js");

beforeEach(() => {
  mkdirSync(join(folder(), "node_modules"));
  symlinkSync(mocha, join(folder(), "node_modules/mocha"), "junction");
});

test("a file that keeps the run from ending is dealt out in parts from its second run on, and is one file in every report", async () => {
  write("package.json", JSON.stringify({ scripts: { test: "mocha '*.spec.js'" } }));
  write("heavy.spec.js", heavyFile());
  write("light.spec.js", 'it("is light", () => {});\n');
  expect((await run()).code).toBe(0);
  expect(heavyTask()?.parts).toBeUndefined();

  const { code, output } = await run("--no-speculation");
  expect(output).toContain("heavy.spec.js takes long: it is dealt out in 2 parts.");
  expect(code).toBe(0);
  expect(report()).toMatchObject({
    account: { discovered: 2, passed: 2 },
    cases: { total: names.length + 2, passed: names.length + 2 },
  });
  const task = heavyTask();
  expect(task).toMatchObject({ key: "mocha:heavy.spec.js", parts: 2, status: "passed" });
  expect(task?.attempts.map(({ part, status }) => `${part} ${status}`)).toEqual(["0 passed", "1 passed"]);
  const titles = task === undefined ? [] : finalCases(task).map(({ path }) => path.at(-1) ?? "");
  expect(titles.toSorted()).toEqual([...names, "at work"].toSorted());
  // Those of one name cannot be told apart: they are run by the same part.
  expect(task?.attempts.map(({ cases }) => cases.filter(({ path }) => path.at(-1) === "same").length).toSorted()).toEqual([0, 2]);
  const junit = readFileSync(join(folder(), "shardwright-report", "junit.xml"), "utf8");
  const [suite, ...others] = (await readJunit(junit, { path: "junit.xml" })).suites.filter(({ name }) => name.includes("heavy"));
  expect(others).toEqual([]);
  expect(suite?.cases).toHaveLength(names.length + 1);
  expect(readFileSync(join(folder(), "shardwright-report", "report.md"), "utf8").match(/heavy\.spec\.js/g)).toHaveLength(1);

  // As a whole it took no longer than before: what was measured in parts is put together again.
  const timings = timingsSchema.parse(JSON.parse(readFileSync(join(folder(), ".shardwright", "timings.json"), "utf8")));
  const whole_ms = timings.durations_ms["mocha:heavy.spec.js"] ?? 0;
  expect(whole_ms).toBeGreaterThan(names.length * caseLength_ms - 100);

  // Of a part that fails the whole file is to tell, and is what is retried; the failure is the file's.
  write(
    "heavy.spec.js",
    heavyFile((name) => (name === "last" ? 'throw new Error("the last one breaks");' : "")),
  );
  const failing = await run("--max-retries", "1");
  expect(failing.code).toBe(1);
  expect(failing.output).toContain("the last one breaks");
  expect(report()).toMatchObject({
    account: { discovered: 2, passed: 1, failed: 1 },
    cases: { total: names.length + 2, failed: 1 },
  });
  // How many parts there are, and whether an idle worker begins one once more, is a matter of speed.
  const triesOf = new Map<number | undefined, string[]>();
  for (const { part, status } of heavyTask()?.attempts ?? [])
    if (status !== "superseded") triesOf.set(part, [...(triesOf.get(part) ?? []), status]);
  const tries = [...triesOf.values()].map((statuses) => statuses.join(" "));
  expect(tries.filter((each) => each === "failed failed failed")).toHaveLength(1);
  expect(tries.filter((each) => each === "passed")).toHaveLength(tries.length - 1);

  // A case that went away since the cases were listed would be missed; one whose file no longer loads is found by running it.
  write("heavy.spec.js", 'throw new Error("cannot be loaded");\n');
  const broken = await run("--max-retries", "0");
  expect(broken.output).toContain("heavy.spec.js stays whole: Mocha could not list its cases");
  expect(broken.code).toBe(1);
});

test("a file whose tests need each other is no less green in parts, and is not dealt in parts again", async () => {
  write("package.json", JSON.stringify({ scripts: { test: "mocha '*.spec.js'" } }));
  const step = (number: number) =>
    `it("step ${number}", async () => { await new Promise((go) => setTimeout(go, 700)); if (done !== ${number}) throw new Error("too soon"); done += 1; });`;
  write("heavy.spec.js", `let done = 0;\n${[0, 1, 2, 3].map(step).join("\n")}\n`);
  write("light.spec.js", 'it("is light", () => {});\n');
  expect((await run()).code).toBe(0);
  const parts = await run("--max-retries", "0");
  expect(parts.output).toContain("heavy.spec.js takes long: it is dealt out in 2 parts.");
  expect(parts.output).toContain("too soon");
  expect(parts.code).toBe(0);
  expect(report()).toMatchObject({ account: { passed: 2, flaky: 0 }, cases: { total: 5, passed: 5, flaky: 0 } });
  const whole = await run("--max-retries", "0");
  expect(whole.output).toContain("heavy.spec.js stays whole: in parts it failed, and as a whole it did not.");
  expect(whole.output).not.toContain("too soon");
  expect(whole.code).toBe(0);
});
