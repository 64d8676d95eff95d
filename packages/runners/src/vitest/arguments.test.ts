import { afterEach, beforeEach, expect, test } from "vitest";
import { runIn } from "../testing/test-folder.ts";
import { vitestRunner } from "./runner.ts";
import { TestProject } from "./testing/project.ts";

let project: TestProject;

beforeEach(async () => {
  project = await TestProject.create();
});
afterEach(() => project.remove());

async function discovered(script: string) {
  await project.write({ "package.json": JSON.stringify({ scripts: { test: script }, devDependencies: { vitest: "5" } }) });
  const selection = { patterns: [], directories: [], excludes: [] };
  const environment = { PATH: process.env["PATH"] ?? "" };
  const place = { workspace: project.path, directory: "." };
  return vitestRunner.discover({ ...place, options: {}, environment, selection });
}

test("the script's filters, folders and exceptions choose the files, and its checks of types are made", async () => {
  const empty = "import { test } from 'vitest'; test('it', () => {});";
  await project.write({
    "src/a.test.ts": empty,
    "src/slow/b.test.ts": empty,
    "lib/c.test.ts": empty,
    "src/types.test-d.ts": "import { test } from 'vitest'; test('types', () => {});",
  });
  const filesOf = async (script: string) =>
    (await discovered(script)).files.map(({ file, variant }) => (variant === undefined ? file : `${file} ${variant}`));
  expect(await filesOf("vitest run src/slow lib")).toEqual(["lib/c.test.ts", "src/slow/b.test.ts"]);
  expect(await filesOf("vitest run --dir src --exclude '**/slow/**'")).toEqual(["src/a.test.ts"]);
  expect(await filesOf("vitest run --typecheck --dir src/")).toEqual([
    "src/a.test.ts",
    "src/slow/b.test.ts",
    "src/types.test-d.ts typecheck",
  ]);
});

test("options and variables of the script hold for the tests; what concerns the whole run does not", async () => {
  await project.write({
    "a.test.ts": `test("fast", () => { expect([import.meta.env.MODE, process.env.FROM, process.env.TZ]).toEqual(["staging", "script", "UTC"]); });
test("slow", () => { throw new Error("not wanted"); });`,
  });
  const script = "cross-env FROM=script TZ=UTC vitest --globals --mode=staging -t fast --reporter=json --shard 1/2 --bail 1";
  const { options } = await discovered(script);
  const [ran] = await runIn(await project.open(options), "a.test.ts");
  expect(ran?.result).toEqual({ outcome: "passed" });
  expect(ran?.cases.map(({ path, status }) => [path, status])).toEqual([
    [["fast"], "passed"],
    [["slow"], "skipped"],
  ]);
});

test("the configuration's own pattern of names holds, before and after tasks that have one", async () => {
  await project.write({
    "vitest.config.ts": "export default { test: { testNamePattern: 'fast' } };",
    "a.test.ts": "import { test } from 'vitest'; test('fast', () => {}); test('slow', () => {});",
  });
  const other = { file: "a.test.ts", args: ["--testNamePattern=slow"] };
  const ran = await runIn(await project.open(), "a.test.ts", other, "a.test.ts");
  const passed = ran.map(({ cases }) => cases.filter(({ status }) => status === "passed").map(({ path }) => path.join()));
  expect(passed).toEqual([["fast"], ["slow"], ["fast"]]);
});

test("a script that calls it with several configurations is refused, as these are several suites", async () => {
  await project.write({ "a.config.ts": "export default {};", "b.config.ts": "export default {};" });
  await expect(discovered("vitest run -c a.config.ts && vitest run -c b.config.ts")).rejects.toMatchObject({ code: "usage" });
});

test("how a person calls it: with the script's options, without those that choose tests", async () => {
  await project.write({
    "package.json": JSON.stringify({ scripts: { test: "TZ=UTC vitest run src --mode staging -t fast -c a.ts" } }),
  });
  const typed = await vitestRunner.typed?.({ workspace: project.path, directory: ".", options: {}, environment: {} });
  expect(typed).toEqual({ words: ["npx", "vitest", "run", "--config", "a.ts", "--mode", "staging"], environment: { TZ: "UTC" } });
});
