import { mkdirSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { useSuite } from "./suite.ts";

const { folder, write, run, report } = useSuite();
const require = createRequire(join(import.meta.dirname, "..", "..", "packages", "runners", "package.json"));

function install(...packages: readonly string[]): void {
  for (const name of packages) {
    const path = join(folder(), "node_modules", name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(dirname(require.resolve(`${name}/package.json`)), path, "junction");
  }
}

interface Play {
  readonly packages?: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  /** In quarantine as a whole, each with a test that fails: of `excused`, nothing else went wrong. */
  readonly excused: string;
  readonly masked: readonly string[];
}

const assert = 'const assert = require("node:assert");\n';

const plays: Readonly<Record<string, Play>> = {
  vitest: {
    packages: ["vitest"],
    files: {
      "excused.test.js": `import { test } from "vitest";\ntest("bad", () => { throw new Error("known"); });\ntest("after", () => {});\n`,
      "stray.test.js": `import { test } from "vitest";\ntest("bad", () => { throw new Error("known"); });\ntest("after", async () => { setTimeout(() => { throw new Error("stray"); }, 0); await new Promise((resolve) => setTimeout(resolve, 50)); });\n`,
      "hook.test.js": `import { beforeAll, describe, test } from "vitest";\ntest("bad", () => { throw new Error("known"); });\ndescribe("group", () => { beforeAll(() => { throw new Error("hook"); }); test("inside", () => {}); });\n`,
    },
    excused: "excused.test.js",
    masked: ["stray.test.js", "hook.test.js"],
  },
  jest: {
    packages: ["jest"],
    files: {
      "excused.test.js": `test("bad", () => { throw new Error("known"); });\ntest("after", () => {});\n`,
      "obsolete.test.js": `test("bad", () => { throw new Error("known"); });\n`,
      "__snapshots__/obsolete.test.js.snap":
        "// Jest Snapshot v1, https://jestjs.io/docs/snapshot-testing\n\nexports[`nobody 1`] = `1`;\n",
      "jest.config.js": "module.exports = { testEnvironment: 'node' };\n",
    },
    excused: "excused.test.js",
    masked: ["obsolete.test.js"],
  },
  mocha: {
    packages: ["mocha"],
    files: {
      "test/excused.js": `${assert}it("bad", () => assert.fail("known"));\nit("after", () => {});\n`,
      "test/hook.js": `${assert}it("bad", () => assert.fail("known"));\ndescribe("group", () => { before(() => { throw new Error("hook"); }); it("inside", () => {}); });\n`,
    },
    excused: "test/excused.js",
    masked: ["test/hook.js"],
  },
  pytest: {
    files: {
      "pytest.ini": "[pytest]\n",
      "test_excused.py": "def test_bad():\n    assert False, 'known'\n\ndef test_after():\n    pass\n",
      "test_stops.py":
        "import pytest\n\ndef test_bad():\n    assert False, 'known'\n\ndef test_stops():\n    pytest.exit('enough')\n\ndef test_never():\n    pass\n",
    },
    excused: "test_excused.py",
    masked: ["test_stops.py"],
  },
  playwright: {
    packages: ["@playwright/test"],
    files: {
      "playwright.config.js": "module.exports = { testDir: '.' };\n",
      "excused.spec.js": `const { test } = require("@playwright/test");\ntest("bad", () => { throw new Error("known"); });\ntest("after", () => {});\n`,
      "serial.spec.js": `const { test } = require("@playwright/test");\ntest.describe.configure({ mode: "serial" });\ntest("bad", () => { throw new Error("known"); });\ntest("never", () => {});\n`,
    },
    excused: "excused.spec.js",
    masked: ["serial.spec.js"],
  },
};

test.each(Object.entries(plays))(
  "%s vouches for what failed where that is all, and not where it hides something",
  async (runner, play) => {
    write("package.json", "{}");
    install(...(play.packages ?? []));
    for (const [path, text] of Object.entries(play.files)) write(path, text);
    const expires = new Date(Date.now() + 14 * 86_400_000).toISOString().slice(0, 10);
    const entries = [play.excused, ...play.masked].map((file) => ({ test: file, owner: "ada", expires, reason: "#12" }));
    write("shardwright.config.json", JSON.stringify({ quarantine: entries }));
    const { code, output } = await run("--runner", runner, "--max-retries", "0");
    const states = Object.fromEntries(report().tasks.map(({ file, quarantined = false }) => [file, quarantined]));
    expect(states, output).toMatchObject({
      [play.excused]: true,
      ...Object.fromEntries(play.masked.map((file) => [file, false])),
    });
    expect(code, output).not.toBe(0);
    expect(report().tasks.find(({ file }) => file === play.excused)?.attempts).toHaveLength(1);
  },
);
