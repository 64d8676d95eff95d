import { mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { useSuite } from "./cli/suite.ts";
import { runToEnd } from "./processes.ts";

const { folder, write, run, report } = useSuite();
const resolver = createRequire(join(import.meta.dirname, "../packages/runners/package.json"));

interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly { readonly functionName: string; readonly ranges: readonly { readonly count: number }[] }[];
}

/** How often each function of a file was called, in all the processes that wrote down what they covered. */
function callsIn(coverage: string, file: string): Record<string, number> {
  const url = pathToFileURL(realpathSync(file)).href;
  const calls: Record<string, number> = {};
  for (const name of readdirSync(coverage)) {
    const { result } = JSON.parse(readFileSync(join(coverage, name), "utf8")) as { result: readonly ScriptCoverage[] };
    for (const script of result.filter((each) => each.url === url))
      for (const { functionName, ranges } of script.functions)
        if (functionName !== "") calls[functionName] = (calls[functionName] ?? 0) + (ranges[0]?.count ?? 0);
  }
  return calls;
}

test.each(["mocha", "node-test", "jest"])(
  "what measures coverage around the command (c8) sees what all test processes of %s ran",
  async (runner) => {
    write("src/shop.js", `exports.first = () => 1;\nexports.second = () => 2;\nexports.never = () => 3;\n`);
    if (runner !== "node-test") {
      mkdirSync(join(folder(), "node_modules"));
      symlinkSync(dirname(resolver.resolve(`${runner}/package.json`)), join(folder(), "node_modules", runner), "junction");
    }
    write("package.json", JSON.stringify({ scripts: { test: runner } }));
    write(".mocharc.json", JSON.stringify({ spec: "*.test.cjs" }));
    write("jest.config.json", JSON.stringify({ testMatch: ["**/*.test.cjs"], moduleFileExtensions: ["js", "cjs"] }));
    const head =
      runner === "node-test" ? `const { test } = require("node:test");\n` : `const test = globalThis.test ?? globalThis.it;\n`;
    for (const name of ["first", "second"])
      write(`${name}.test.cjs`, `${head}const shop = require("./src/shop.js");\ntest("calls", () => { shop.${name}(); });\n`);
    const coverage = join(folder(), "coverage");
    const environment = { NODE_V8_COVERAGE: coverage };
    const { code, output } = await runToEnd(["run", "--workers", "2", "--runner", runner], { cwd: folder(), environment });
    expect(code, output).toBe(0);
    expect(callsIn(coverage, join(folder(), "src/shop.js"))).toEqual({
      "exports.first": 1,
      "exports.second": 1,
      "exports.never": 0,
    });
  },
);

/** As a script calls them, with a threshold that one of two functions does not meet. */
const calls = [
  ["mocha", "nyc --check-coverage --functions 60 --lines 1 mocha '*.test.cjs'"],
  ["mocha", "c8 mocha '*.test.cjs' && c8 check-coverage --functions 60 --lines 1"],
  ["node-test", "c8 --check-coverage --functions 60 --lines 1 node --test '*.test.cjs'"],
  ["node-test", "node --test --experimental-test-coverage --test-coverage-functions=60 '*.test.cjs'"],
] as const;

test.each(calls)(
  "a run of %s whose tests pass is red below a threshold of the whole, and green above: %s",
  async (runner, script) => {
    mkdirSync(join(folder(), "node_modules"));
    for (const name of ["mocha", "nyc", "c8"])
      symlinkSync(dirname(resolver.resolve(`${name}/package.json`)), join(folder(), "node_modules", name), "junction");
    write("package.json", JSON.stringify({ scripts: { test: script } }));
    write(".gitignore", "node_modules\ncoverage\nshardwright-report\n.shardwright\n");
    const head = runner === "mocha" ? "" : `const { it } = require("node:test");\n`;
    const testOf = (name: string) => `${head}const shop = require("./src/shop.js");\nit("calls", () => { shop.${name}(); });\n`;
    write("src/shop.js", ["first", "second", "third", "never"].map((name) => `exports.${name} = () => "${name}";\n`).join(""));
    for (const name of ["first", "second"]) write(`${name}.test.cjs`, testOf(name));
    const low = await run();
    expect(low.code, low.output).toBe(1);
    expect(low.output).toMatch(/FAILED {2}In .*50(?:\.00)?%.*60%/);
    expect(report()).toMatchObject({ verdict: "failed", account: { discovered: 2, passed: 2 } });
    expect(report().tasks.flatMap(({ attempts }) => attempts.flatMap(({ artifacts = [] }) => artifacts))).toEqual([]);

    write("third.test.cjs", testOf("third"));
    const enough = await run();
    expect(enough.code, enough.output).toBe(0);
    expect(enough.output).toContain("shop.js");
  },
);
