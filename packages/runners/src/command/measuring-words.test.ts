import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { measuringWords } from "./measuring-words.ts";
import { leftOutTool } from "./left-out-tool.ts";
import { findMochaScript } from "../mocha/manifest-script.ts";
import { callsIn } from "./scripts.ts";
import { splitWords } from "./split-command.ts";

test.each([
  ["nyc mocha", "nyc", [], 1],
  ["nyc --reporter text --all mocha spec", "nyc", ["--reporter", "text", "--all"], 4],
  ["A=1 npx c8@12 --check-coverage --lines 90 node --test", "c8", ["--check-coverage", "--lines", "90"], 6],
  ["cross-env A=1 node_modules/.bin/nyc --reporter=lcov -- mocha", "nyc", ["--reporter=lcov"], 4],
  ["node node_modules/c8/bin/c8.js tsx --test", "c8", [], 2],
  ["pnpm exec c8 -r html npm run unit", "c8", ["-r", "html"], 5],
])("%s", (command, name, args, end) => {
  expect(measuringWords(splitWords(command))).toEqual({ tool: { name, args }, end });
});

test.each([
  "mocha",
  "nyc report --reporter=lcov",
  "c8 check-coverage",
  "echo nyc mocha",
  "eslint c8 mocha",
  "nyc wrapper -- mocha",
  "c8 --all=true wrapper mocha",
])("nothing is measured by: %s", (command) => expect(measuringWords(splitWords(command))).toBeUndefined());

test("what measures a script measures each command of it, and of those that it runs", () => {
  const scripts = new Map([
    ["test", "lint && nyc --all npm run unit -- --bail"],
    ["unit", "npm run build; yarn run real"],
    ["real", "mocha spec"],
  ]);
  expect(callsIn("test", scripts, (command) => (command.includes("mocha") ? command : undefined))).toEqual([
    ["nyc", "--all", "mocha", "spec", "--bail"],
  ]);
});

test.each<[string, Record<string, string>, string[]]>([
  [
    "in the same script",
    { test: "nyc --all mocha && nyc check-coverage --lines 95" },
    ["--all", "--check-coverage", "--lines", "95"],
  ],
  [
    "in one that it runs, with other thresholds than the tool has",
    {
      test: "nyc --lines=50 --functions 60 --all npm run unit && npm run check",
      unit: "mocha",
      check: "npx nyc check-coverage --lines 95",
    },
    ["--all", "--check-coverage", "--lines", "95"],
  ],
  ["after it, by the tool's defaults", { test: "nyc --lines 50 mocha", posttest: "nyc check-coverage" }, ["--check-coverage"]],
  [
    "twice, and once with the report",
    {
      test: "nyc --check-coverage --lines 95 mocha && nyc --lines 90 check-coverage && nyc report --check-coverage --branches=50",
    },
    ["--check-coverage", "--lines", "95", "--branches", "50"],
  ],
  [
    "after one that it runs",
    { test: "npm run unit", unit: "nyc mocha", postunit: "nyc check-coverage --lines 95" },
    ["--check-coverage", "--lines", "95"],
  ],
  ["by no report", { test: "nyc mocha && nyc report --reporter=lcov --lines 90" }, []],
  ["not of another tool", { test: "nyc mocha", posttest: "c8 check-coverage" }, []],
])("thresholds are checked %s", (_where, scripts, args) => {
  expect(findMochaScript({ scripts })?.calls).toMatchObject([{ tool: { name: "nyc", args } }]);
});

test("where a tool is left out, that is said", async () => {
  const folder = await mkdtemp(join(tmpdir(), "shardwright-scripts-"));
  const said = async (script: string, options = {}, environment = {}) => {
    await writeFile(join(folder, "package.json"), JSON.stringify({ scripts: { test: script } }));
    return (await leftOutTool(folder, "jest", { options, environment })).notices;
  };
  expect(await said("c8 --check-coverage jest --ci")).toEqual([
    expect.stringContaining("c8, which the script ‘test’ has in front of jest"),
  ]);
  expect(await said("c8 jest", { coverage: false })).toBeUndefined();
  expect(await said("c8 jest", {}, { NODE_V8_COVERAGE: folder })).toBeUndefined();
  expect(await said("jest && c8 mocha")).toBeUndefined();
  await rm(folder, { recursive: true });
});
