import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { skewedDurations } from "../durations.ts";
import { mulberry32 } from "../random.ts";

export type SuiteFramework = "vitest" | "jest" | "node-test" | "mocha" | "playwright" | "go" | "pytest";

/** One file of fifteen times the mean; or one with 40% of the time, in 200 cases; or all alike, and short. */
export type SuiteShape = "skewed" | "heavy" | "even";

export interface SuiteRequest {
  readonly framework: SuiteFramework;
  /** Made if it does not exist; files of the same names are overwritten. */
  readonly directory: string;
  /** The same seed gives the same durations in the same files. */
  readonly seed: number;
  readonly shape: SuiteShape;
}

interface GeneratedFile {
  /** Relative to the directory. */
  readonly file: string;
  readonly duration_ms: number;
}

export interface GeneratedSuite {
  /** In the order of their names. */
  readonly files: readonly GeneratedFile[];
  readonly total_ms: number;
  readonly longest_ms: number;
}

const fileCount = 120;
const unlike: Record<Exclude<SuiteShape, "even">, { mean_ms: number; heavy_ms: number; cases: number }> = {
  skewed: { mean_ms: 400, heavy_ms: 6000, cases: 1 },
  /** Beside the other files' mean of 0.25 s, such a one holds 40% of the time. */
  heavy: { mean_ms: 250, heavy_ms: 20_000, cases: 200 },
};
const even_ms = 100;

/**
 * Writes the synthetic suite whose makespan is measured: 119 files with log-normal durations (sigma 1.1, each cut at 4 before they
 * are scaled to a mean of 0.4 s) and one of 6 s at a random place; or with a mean of 0.25 s and one of 20 s, in 200 cases; or 120 of 0.1 s.
 * The tests sleep, so that cores are free for start-up costs.
 */
export function generateSuite(request: SuiteRequest): GeneratedSuite {
  const { shape, seed } = request;
  const times = shape === "even" ? undefined : unlike[shape];
  const durations =
    times === undefined
      ? Array.from({ length: fileCount }, () => even_ms)
      : skewedDurations({ count: fileCount, ...times, random: mulberry32(seed) });
  mkdirSync(request.directory, { recursive: true });
  writeProject(request);
  const files = durations.map((duration_ms, index) => {
    const file = fileName(request.framework, String(index).padStart(3, "0"));
    mkdirSync(dirname(join(request.directory, file)), { recursive: true });
    writeFileSync(
      join(request.directory, file),
      source(request.framework, index, duration_ms, times !== undefined && duration_ms === times.heavy_ms ? times.cases : 1),
    );
    return { file, duration_ms };
  });
  const total_ms = durations.reduce((sum, value) => sum + value, 0);
  return { files, total_ms, longest_ms: Math.max(...durations) };
}

function fileName(framework: SuiteFramework, number: string): string {
  switch (framework) {
    case "vitest":
      return `file-${number}.test.ts`;
    case "jest":
      return `file-${number}.test.js`;
    case "node-test":
      return `file-${number}.test.mjs`;
    case "playwright":
      return `file-${number}.spec.ts`;
    case "mocha":
      return `file-${number}.spec.js`;
    case "go":
      // A package has a folder of its own.
      return `p${number}/sleeps_test.go`;
    case "pytest":
      return `test_file_${number}.py`;
  }
}

/** @param cases among which the duration is divided */
function source(framework: SuiteFramework, index: number, duration_ms: number, cases: number): string {
  const tests = Array.from({ length: cases }, (_, number) => {
    const name = cases === 1 ? String(index) : `${index}_${number + 1}`;
    return test(framework, name, duration_ms / cases);
  });
  return [...heads[framework], ...tests].join("\n");
}

const heads: Record<SuiteFramework, readonly string[]> = {
  vitest: [`import { test } from "vitest";\n`],
  "node-test": [`import { test } from "node:test";\n`],
  playwright: [`import { test } from "@playwright/test";\n`],
  jest: [],
  mocha: [],
  go: [`package p\n\nimport (\n\t"testing"\n\t"time"\n)\n`],
  pytest: ["import time\n\n"],
};

function test(framework: SuiteFramework, name: string, duration_ms: number): string {
  const body = `  await new Promise((resolve) => setTimeout(resolve, ${duration_ms}));`;
  switch (framework) {
    case "pytest":
      return `def test_sleeps_${name}():\n    time.sleep(${duration_ms / 1000})\n\n`;
    case "go":
      return `func TestSleeps${name}(t *testing.T) {\n\ttime.Sleep(${Math.round(1000 * duration_ms)} * time.Microsecond)\n}\n`;
    case "mocha":
      return `it("sleeps ${name}", async () => {\n${body}\n}).timeout(60_000);\n`;
    case "node-test":
    case "playwright":
      return `test("sleeps ${name}", async () => {\n${body}\n});\n`;
    case "jest":
    case "vitest":
      return `test("sleeps ${name}", async () => {\n${body}\n}, 60_000);\n`;
  }
}

function writeProject({ framework, directory }: SuiteRequest): void {
  if (framework === "pytest") {
    writeFileSync(join(directory, "pytest.ini"), "[pytest]\ntestpaths = .\n");
    return;
  }
  if (framework === "go") {
    writeFileSync(join(directory, "go.mod"), "module example.test/makespan\n\ngo 1.19\n");
    return;
  }
  const test = {
    vitest: "vitest run",
    jest: "jest",
    "node-test": "node --test",
    mocha: "mocha '*.spec.js'",
    playwright: "playwright test",
  }[framework];
  // Without a flag of Node's, jest runs no ES modules.
  const type = framework === "jest" ? "commonjs" : "module";
  const project = { name: "makespan", private: true, type, scripts: { test } };
  writeFileSync(join(directory, "package.json"), `${JSON.stringify(project, null, 2)}\n`);
  if (framework === "vitest") writeFileSync(join(directory, "vitest.config.ts"), "export default { test: {} };\n");
  if (framework === "playwright") writeFileSync(join(directory, "playwright.config.ts"), "export default {};\n");
}
