import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { skewedDurations } from "../durations.ts";
import { mulberry32 } from "../random.ts";

export type SuiteFramework = "vitest" | "jest" | "node-test" | "mocha" | "go" | "pytest";

export interface SuiteRequest {
  readonly framework: SuiteFramework;
  /** Made if it does not exist; files of the same names are overwritten. */
  readonly directory: string;
  /** The same seed gives the same durations in the same files. */
  readonly seed: number;
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
const mean_ms = 400;
const heavy_ms = 6000;

/**
 * Writes the synthetic suite whose makespan is measured: 119 files with log-normal durations (sigma 1.1, each cut at 4 before they
 * are scaled to a mean of 0.4 s) and one of 6 s at a random place. The tests sleep, so that cores are free for start-up costs.
 */
export function generateSuite(request: SuiteRequest): GeneratedSuite {
  const durations = skewedDurations({ count: fileCount, mean_ms, heavy_ms, random: mulberry32(request.seed) });
  mkdirSync(request.directory, { recursive: true });
  writeProject(request);
  const files = durations.map((duration_ms, index) => {
    const file = fileName(request.framework, String(index).padStart(3, "0"));
    mkdirSync(dirname(join(request.directory, file)), { recursive: true });
    writeFileSync(join(request.directory, file), source(request.framework, index, duration_ms));
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
    case "mocha":
      return `file-${number}.spec.js`;
    case "go":
      // A package has a folder of its own.
      return `p${number}/sleeps_test.go`;
    case "pytest":
      return `test_file_${number}.py`;
  }
}

function source(framework: SuiteFramework, index: number, duration_ms: number): string {
  if (framework === "pytest") return `import time\n\n\ndef test_sleeps_${index}():\n    time.sleep(${duration_ms / 1000})\n`;
  if (framework === "go")
    return `package p\n\nimport (\n\t"testing"\n\t"time"\n)\n\nfunc TestSleeps${index}(t *testing.T) {\n\ttime.Sleep(${duration_ms} * time.Millisecond)\n}\n`;
  const body = `await new Promise((resolve) => setTimeout(resolve, ${duration_ms}));`;
  if (framework === "mocha") return `it("sleeps ${index}", async () => {\n  ${body}\n}).timeout(60_000);\n`;
  const imports = {
    vitest: `import { test } from "vitest";\n\n`,
    jest: "",
    "node-test": `import { test } from "node:test";\n\n`,
  }[framework];
  const limit = framework === "node-test" ? "" : ", 60_000";
  return `${imports}test("sleeps ${index}", async () => {\n  ${body}\n}${limit});\n`;
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
  const test = { vitest: "vitest run", jest: "jest", "node-test": "node --test", mocha: "mocha '*.spec.js'" }[framework];
  // Without a flag of Node's, jest runs no ES modules.
  const type = framework === "jest" ? "commonjs" : "module";
  const project = { name: "makespan", private: true, type, scripts: { test } };
  writeFileSync(join(directory, "package.json"), `${JSON.stringify(project, null, 2)}\n`);
  if (framework === "vitest") writeFileSync(join(directory, "vitest.config.ts"), "export default { test: {} };\n");
}
