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

test.each<[string, Record<string, string>, object, string?]>([
  [
    "one that names a configuration",
    { test: "vitest run -c vitest.unit.ts --coverage" },
    { config: "vitest.unit.ts", args: ["--coverage"] },
  ],
  ["several that agree", { ci: "npx vitest --config=a.ts", unit: "vitest run src --config a.ts" }, { config: "a.ts" }],
  [
    "arguments and variables",
    { test: "TZ=UTC cross-env A=1 vitest run src --environment jsdom -t 'a b'" },
    { args: ["src", "--environment", "jsdom", "-t", "a b"], environment: { TZ: "UTC", A: "1" } },
  ],
  ["what calls of one script agree in", { test: "vitest run src -c a.ts && vitest run e2e -c a.ts" }, { config: "a.ts" }],
  ["calls of one script for different tests", { test: "vitest run src && vitest run e2e -t a --exclude 'x/**'" }, {}],
  [
    "scripts that it runs",
    { test: "npm run unit -- --mode x", unit: "yarn all --globals", all: "TZ=UTC vitest src" },
    { args: ["src", "--globals", "--mode", "x"], environment: { TZ: "UTC" } },
  ],
  [
    "several that it runs",
    {
      test: "run-p -l 'test:*' lint",
      lint: "eslint",
      "test:a": "vitest run src --globals",
      "test:b": "vitest run e2e --globals",
    },
    {},
  ],
  ["a title's end", { test: "vitest run -c a.ts -t '^ends$'" }, { config: "a.ts", args: ["-t", "^ends$"] }],
  ["what only a shell can tell the meaning of", { test: "A=$HOME B=1 vitest run $FILTER" }, {}],
  ["variables that only a shell can tell", { test: "A=$HOME B=1 vitest run src" }, { args: ["src"], environment: { B: "1" } }],
  [
    "patterns of files, as a shell expands them",
    { test: "vitest run *.json no*such --exclude *.json -t *.json" },
    { args: ["package.json", "no*such", "--exclude", "*.json", "-t", "*.json"] },
  ],
  ["what is run in packages", { test: "npm exec --workspaces -- vitest run -c a.ts", b: "npm exec -w a -- vitest -c b.ts" }, {}],
  ["several that do not", { a: "vitest -c a.ts", b: "vitest -c b.ts" }, {}],
  ["one for some tests only", { unit: "vitest run --project unit" }, {}],
  ["the one called test beside others", { test: "vitest -c a.ts", b: "vitest -c b.ts" }, { config: "a.ts" }],
  ["projects", { test: "vitest run --project=a --project b" }, { projects: ["a", "b"] }],
  ["what is no run of tests", { bench: "vitest bench -c b.ts", test: "vitest run" }, {}],
  ["other configurations beside the folder's own", { e2e: "vitest -c e2e.ts", test: "vitest" }, {}, "vite.config.ts"],
  ["a program that only looks alike", { test: "my-vitest -c a.ts; echo vitests" }, {}],
])("%s", async (_what, scripts, options, configuration) => {
  await writeFile(join(folder, "package.json"), JSON.stringify({ scripts }));
  if (configuration !== undefined) await writeFile(join(folder, configuration), "");
  expect(await withScript(folder, {})).toEqual(options);
  expect(await withScript(folder, { config: "mine.ts" })).toEqual({ config: "mine.ts" });
  expect(await withScript(folder, { environment: { A: "mine" } })).toEqual({ environment: { A: "mine" } });
});

test.each([
  ["with checks of types or not", { test: "vitest run && vitest run --typecheck.only" }],
  ["in different folders", { test: "vitest run --dir src && vitest run --dir e2e" }],
  ["with different variables", { test: "TZ=UTC vitest run && TZ=Asia/Tokyo vitest run" }],
  ["by different configurations", { test: "npm-run-all --parallel a b", a: "vitest -c a.ts", b: "vitest -c b.ts" }],
  ["by way of others", { test: 'concurrently "npm:unit" "npm run types"', unit: "vitest run", types: "vitest --typecheck" }],
])("a script that calls it several times %s is several suites", async (_how, scripts) => {
  await writeFile(join(folder, "package.json"), JSON.stringify({ scripts }));
  await expect(withScript(folder, {})).rejects.toMatchObject({
    code: "usage",
    details: { problem: expect.stringContaining("calls vitest 2 times") },
  });
});
