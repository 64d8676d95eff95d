import { copyFileSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { useSuite } from "../cli/suite.ts";
import { runToEnd } from "../processes.ts";

const { folder, write } = useSuite();
const root = join(import.meta.dirname, "..", "..");

interface Series {
  readonly test: string;
  readonly case: string;
  readonly name: string;
  readonly unit: string;
  readonly better: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly last: { readonly value: number };
}

/** What was measured, as it is asked for after a run without a coordinator. */
async function measured(metric: string): Promise<(readonly unknown[])[]> {
  const { code, output } = await runToEnd(["trends", "list", "--metric", metric, "--json"], { cwd: folder() });
  expect(code, output).toBe(0);
  return output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Series)
    .map(({ test: file, case: name, unit, better, dimensions, last }) => [file, name, unit, better, dimensions, last.value])
    .toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
}

test("under pytest the helper names the test that runs, and what a test says several times is one value", async () => {
  copyFileSync(join(root, "packages/metrics/python/shardwright_metrics.py"), join(folder(), "shardwright_metrics.py"));
  write("pytest.ini", "[pytest]\n");
  write(
    "t/test_speed.py",
    `import pytest
from shardwright_metrics import measure

class TestSort:
    @pytest.mark.parametrize("size", [1, 2])
    def test_sorts(self, size):
        for value in (3, 1, 2):
            measure("latency", value * size, unit="ms", dimensions={"size": size})

def test_rate():
    measure("rate", 80, unit="1/s", better="higher", replicates=[70, 80, 95])
    with pytest.raises(ValueError):
        measure("rate", float("nan"))
`,
  );
  const run = await runToEnd(["run", "--workers", "1", "--runner", "pytest"], {
    cwd: folder(),
    environment: { PYTHONPATH: folder() },
  });
  expect(run.code, run.output).toBe(0);
  expect(await measured("latency")).toEqual([
    ["pytest:t/test_speed.py", "TestSort > test_sorts[1]", "ms", "lower", { size: "1" }, 2],
    ["pytest:t/test_speed.py", "TestSort > test_sorts[2]", "ms", "lower", { size: "2" }, 4],
  ]);
  expect(await measured("rate")).toEqual([["pytest:t/test_speed.py", "test_rate", "1/s", "higher", {}, 80]]);
});

test("under Vitest the helper names the test that runs", async () => {
  write("package.json", JSON.stringify({ type: "module", scripts: { test: "vitest run" } }));
  mkdirSync(join(folder(), "node_modules"));
  symlinkSync(join(root, "node_modules", "vitest"), join(folder(), "node_modules", "vitest"), "junction");
  write("measure.ts", readFileSync(join(root, "packages/metrics/src/index.ts"), "utf8"));
  write(
    "src/cart.test.ts",
    `import { describe, expect, test } from "vitest";
import { measure } from "../measure.ts";
describe("cart", () => {
  test("adds", () => {
    for (const value of [5, 9, 7]) measure("latency", value, { unit: "ms" });
    expect(() => measure("latency", Infinity)).toThrow(RangeError);
  });
  test("says for another", () => measure("memory.heap", 1024, { unit: "bytes", test: "cart > adds" }));
});
`,
  );
  const run = await runToEnd(["run", "--workers", "1", "--runner", "vitest"], { cwd: folder() });
  expect(run.code, run.output).toBe(0);
  expect(await measured("latency")).toEqual([["vitest:src/cart.test.ts", "cart > adds", "ms", "lower", {}, 7]]);
  expect(await measured("memory.heap")).toEqual([["vitest:src/cart.test.ts", "cart > adds", "bytes", "lower", {}, 1024]]);
});

test("elsewhere the helpers write nothing", async () => {
  vi.stubEnv("SHARDWRIGHT_METRICS", undefined);
  onTestFinished(() => void vi.unstubAllEnvs());
  const { measure } = await import("../../packages/metrics/src/index.ts");
  expect(() => measure("latency", 1)).not.toThrow();
});
