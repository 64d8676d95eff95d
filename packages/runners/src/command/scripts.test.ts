import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findMochaScript } from "../mocha/manifest-script.ts";
import { readNodeTestScript } from "../node-test/manifest-script.ts";
import { callsIn } from "./scripts.ts";

/** The words after `check` of each command that begins so. */
function checksIn(scripts: Readonly<Record<string, string>>): string[] {
  return callsIn("test", new Map(Object.entries(scripts)), ([program, ...words]) =>
    program === "check" ? words.join(" ") : undefined,
  );
}

const all = { unit: "check unit", "test:a": "check a", "test:b": "check b", "test:b:c": "check c", lint: "lint" };

test.each<[string, string[]]>([
  ["check x && check y; other | check z > file", ["x", "y", "z"]],
  ["npm run unit -- --ci", ["unit --ci"]],
  ["npm run unit --silent && yarn test:a --ci", ["unit", "a --ci"]],
  ["pnpm run 'test:a'", ["a"]],
  ["run-s unit lint test:*", ["unit", "a", "b"]],
  ["npx npm-run-all --parallel 'test:**'", ["a", "b", "c"]],
  ["concurrently -k npm:unit 'npm run test:a' 'other'", ["unit", "a"]],
  ["npx concurrently --names a,b 'check x && check y' 'npm:test:a -- --ci'", ["x", "y", "a"]],
  ["npm run test", []],
  ["npm run unit --workspaces && npm run unit -w packages/a", []],
  ["pnpm -r run unit; yarn workspaces run unit; npx turbo run unit; lerna run unit", []],
  ["pnpm -w run unit", ["unit"]],
  ["npm run gone; check 'it is", []],
])("the calls of ‘%s’", (script, calls) => {
  expect(checksIn({ ...all, test: script })).toEqual(calls);
});

test("scripts are followed only so far, though each runs itself twice", () => {
  expect(checksIn({ test: "check x; npm run test; npm run test" }).length).toBeLessThan(32);
});

test("mocha and node:test are found where the script test runs others", async () => {
  const scripts = { test: "npm run unit && npm run integration", unit: "mocha unit", integration: "mocha integration" };
  expect(findMochaScript({ scripts })).toMatchObject({ name: "test", calls: [{ args: ["unit"] }, { args: ["integration"] }] });
  const folder = mkdtempSync(join(tmpdir(), "shardwright-scripts-"));
  try {
    const own = { test: "run-s unit integration", unit: "node --test unit", integration: "node --test integration" };
    writeFileSync(join(folder, "package.json"), JSON.stringify({ scripts: own }));
    const found = await readNodeTestScript(folder);
    expect(found).toMatchObject({ name: "test", calls: [{ patterns: ["unit"] }, { patterns: ["integration"] }] });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
