import { mkdirSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { startFleet } from "../cli/fleet.ts";
import { useSuite } from "../cli/suite.ts";
import { runToEnd } from "../processes.ts";
import { spawnSync } from "node:child_process";

const { folder, write } = useSuite();
vi.setConfig({ testTimeout: 180_000 });
const bisect = (...args: string[]) => runToEnd(["bisect-order", ...args], { cwd: folder() });
const mocha = dirname(
  createRequire(join(import.meta.dirname, "../../packages/runners/package.json")).resolve("mocha/package.json"),
);

interface Found {
  readonly kind: string;
  readonly polluters: { readonly file: string; readonly path?: string[] }[];
  readonly command: string[];
  readonly runs: number;
}
const resultIn = (output: string): Found =>
  JSON.parse(output.split("\n").findLast((line) => line.startsWith("{")) ?? "{}") as Found;

/** A shop whose currency is a module's own: one test of many switches it and does not put it back. */
function pythonShop(): void {
  write("pytest.ini", "[pytest]\naddopts = -x\n");
  write("shop.py", 'currency = "EUR"\nrounded = False\ndef price():\n    return "10 " + currency\n');
  for (const name of ["a", "b", "c", "d", "e", "f", "g", "h"])
    write(
      `tests/test_${name}.py`,
      "import shop\n\ndef test_one():\n    assert shop.price()\n\ndef test_two():\n    assert True\n",
    );
  write(
    "tests/test_d.py",
    'import shop\n\ndef test_quiet():\n    assert shop\n\nclass TestSwitch:\n    def test_dollars(self):\n        shop.currency = "USD"\n        assert shop.price() == "10 USD"\n\ndef test_after():\n    assert True\n',
  );
  write(
    "tests/test_z.py",
    'import shop\n\ndef test_first():\n    assert True\n\ndef test_total():\n    assert shop.price() == "10 EUR"\n',
  );
  write("conftest.py", "import sys, os\nsys.path.insert(0, os.path.dirname(__file__))\n");
}

test("pytest: the test that leaves a module changed is found, and the command that is said shows it", async () => {
  pythonShop();
  const { code, output } = await bisect("tests/test_z.py::test_total", "--runner", "pytest", "--workers", "2", "--json");
  expect(code, output).toBe(0);
  const found = resultIn(output);
  expect(found.polluters).toEqual([{ file: "tests/test_d.py", path: ["TestSwitch", "test_dollars"] }]);
  const [program = "", ...args] = found.command;
  const shown = spawnSync(program, args, { cwd: folder(), encoding: "utf8" });
  expect(shown.stdout).toMatch(/1 failed, 1 passed/);
  expect(args.at(-1)).toBe("tests/test_z.py::test_total");
});

test("pytest: two tests that only together make another one fail are found as a pair, from the order in a JUnit file", async () => {
  pythonShop();
  write("tests/test_d.py", "import shop\n\ndef test_rounds():\n    shop.rounded = True\n");
  write(
    "tests/test_f.py",
    'import shop\n\ndef test_euro():\n    assert True\n\ndef test_switch():\n    if shop.rounded:\n        shop.currency = "USD"\n',
  );
  spawnSync("python3", ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml=all.xml", "-o", "junit_family=xunit1"], {
    cwd: folder(),
  });
  const { code, output } = await bisect("tests/test_z.py", "--runner", "pytest", "--workers", "2", "--order-from", "all.xml");
  expect(code, output).toBe(0);
  expect(output).toContain(
    "tests/test_z.py fails after tests/test_d.py::test_rounds together with tests/test_f.py::test_switch, and passes without.",
  );
  expect(output).toMatch(
    /To see it: .*pytest .* tests\/test_d\.py::test_rounds tests\/test_f\.py::test_switch tests\/test_z\.py\n/,
  );
});

test("what fails alone, what never fails, and what has nobody before it is said so", async () => {
  pythonShop();
  write("tests/test_y.py", "def test_broken():\n    assert False\n");
  const alone = await bisect("tests/test_y.py", "--runner", "pytest", "--workers", "2");
  expect(alone.code).toBe(1);
  expect(alone.output).toContain("tests/test_y.py fails alone, 3 of 3 times: it does not depend on the order.");
  const never = await bisect("tests/test_c.py", "--runner", "pytest", "--workers", "2", "--repetitions", "4");
  expect(never.code).toBe(1);
  expect(never.output).toContain("tests/test_c.py did not fail after all 2 tests that run before it, 0 of 4 times.");
  const first = await bisect("tests/test_a.py", "--runner", "pytest");
  expect(first).toMatchObject({ code: 2 });
  expect(first.output).toContain("Nothing runs before tests/test_a.py");
  expect((await bisect("tests/none.py", "--runner", "pytest")).output).toContain("tests/none.py is none of the");
});

test("mocha on a fleet: the file that leaves a global changed is found by the fleet's workers", async () => {
  mkdirSync(join(folder(), "node_modules"));
  symlinkSync(mocha, join(folder(), "node_modules", "mocha"), "junction");
  write("package.json", JSON.stringify({ scripts: { test: "mocha test/*.test.js" } }));
  for (const name of ["a", "b", "c", "d", "e"]) write(`test/${name}.test.js`, `it("${name} works", () => {});\n`);
  write("test/c.test.js", 'it("c works", () => { globalThis.region = "moon"; });\n');
  write(
    "test/z.test.js",
    'it("ships", () => { if (globalThis.region !== undefined) throw new Error("no carrier for " + globalThis.region); });\n',
  );
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  await Promise.all([fleet.worker("one"), fleet.worker("two")]);
  const { code, output } = await fleet.toEnd(["bisect-order", "test/z.test.js", "--runner", "mocha", "--json"], {
    cwd: folder(),
  });
  expect(code, output).toBe(0);
  expect(resultIn(output).polluters).toEqual([{ file: "test/c.test.js" }]);
  const [program = "", ...args] = resultIn(output).command;
  expect(spawnSync(program, args, { cwd: folder(), encoding: "utf8" }).stdout).toContain("no carrier for moon");
  const { runs } = (await fleet.call("GET", "runs")) as { runs: unknown[] };
  expect(runs.length).toBeGreaterThan(2);
});

test("a framework that cannot be told an order is refused with the reason", async () => {
  write("a.test.js", 'import test from "node:test"; test("a", () => {});\n');
  write("b.test.js", 'import test from "node:test"; test("b", () => {});\n');
  const { code, output } = await bisect("b.test.js");
  expect(code).toBe(2);
  expect(output).toContain("node:test runs each file in a process of its own");
  expect(output).toContain("--runner command");
});
