import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withScript } from "./manifest-script.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shardwright-script-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function found(scripts: Readonly<Record<string, string>>, options = {}, configuration?: string) {
  await writeFile(join(folder, "package.json"), JSON.stringify({ scripts }));
  if (configuration !== undefined) await writeFile(join(folder, configuration), "");
  return withScript(folder, options);
}

test.each<[string, object]>([
  ["playwright test", {}],
  ["tsc && npx playwright test -c e2e/playwright.config.ts", { config: "e2e/playwright.config.ts" }],
  ["CI=1 playwright test --config=e2e/p.ts --workers=1 --reporter line --max-failures 3 -x", { config: "e2e/p.ts" }],
  [
    "playwright test --project=a --project b c --grep-invert @slow",
    { projects: ["a", "b", "c"], args: ["--grep-invert", "@slow"] },
  ],
  ["playwright test --retries=1 -g '@a|@b' tests/one.spec.ts tests/two.spec.ts", { args: ["--retries=1", "-g", "@a|@b"] }],
  ["playwright test --ui", {}],
  ["playwright test --no-such-option", {}],
  ["playwright install && playwright show-report", {}],
  ["playwright test 'unclosed", {}],
])("of the script %s: %j", async (script, options) => {
  expect(await found({ test: script })).toEqual(options);
});

test("what waits for a person is no call, calls that differ say nothing, and those that agree do", async () => {
  const e2e = "playwright test -c a.ts";
  expect(await found({ e2e, "e2e:ui": `${e2e} --ui`, "e2e:debug": `${e2e} --debug` })).toEqual({ config: "a.ts" });
  expect(await found({ e2e, ci: "playwright test -c b.ts" })).toEqual({});
  expect(await found({ e2e, ci: `${e2e} --workers 2` })).toEqual({ config: "a.ts" });
  expect(await found({ test: "playwright test --project a && playwright test --project b" })).toEqual({});
});

test("only the script called test narrows what is run", async () => {
  const smoke = "playwright test -c a.ts --grep @smoke --project p";
  expect(await found({ smoke })).toEqual({ config: "a.ts" });
  expect(await found({ smoke }, {}, "playwright.config.ts")).toEqual({});
  expect(await found({ smoke, test: "playwright test --project x" }, {}, "playwright.config.ts")).toEqual({ projects: ["x"] });
});

test("what the suite's options say is not added to", async () => {
  for (const options of [{ config: "c.ts" }, { projects: ["p"] }, { args: [] }])
    expect(await found({ test: "playwright test -c a.ts" }, options)).toEqual(options);
});
