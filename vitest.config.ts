import { join } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Starts what takes longest: whole programs and real frameworks. By itself vitest starts the longest files, and ours are short. */
class LongestFirst extends BaseSequencer {
  public override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number =>
      ["/test/matrix/", "/test/", "/packages/runners/"].findIndex((folder) => moduleId.includes(folder)) >>> 0;
    return sorted.toSorted((first, second) => rank(first) - rank(second));
  }
}

// `npm test` is to take some minutes on two cores, not more; `npm run test:thorough` has the rest: full disks, older frameworks, rare configurations.
const thorough = "**/*.thorough.test.ts";
const manyVersions = "packages/runners/src/jest/*.test.ts";

export default defineConfig(({ mode }) => ({
  test: {
    include:
      mode === "thorough"
        ? [thorough, manyVersions]
        : [
            "packages/*/src/**/*.test.ts",
            "packages/core/report-page/*.test.ts",
            "packages/raft/sim/**/*.test.ts",
            "server/{src,dashboard}/**/*.test.ts",
            "test/**/*.test.ts",
            "tools/**/*.test.ts",
            "bench/**/*.test.ts",
          ],
    exclude: [...configDefaults.exclude, "**/fixtures/**", "examples/**", ...(mode === "thorough" ? [] : [thorough])],
    // A bound for what hangs, and no measure of speed: a machine may be busy with something else.
    testTimeout: mode === "thorough" ? 180_000 : 60_000,
    hookTimeout: mode === "thorough" ? 120_000 : 60_000,
    // Whole programs are started hundreds of times.
    env: {
      NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules", ".cache", "compiled"),
      // Workers would start each browser once; tests of that ask for it.
      SHARDWRIGHT_DETECT_BROWSERS: "false",
      TEST_FRAMEWORK_VERSIONS: mode === "thorough" ? "all" : "latest",
    },
    // What is waited for comes at last on a busy machine, too.
    expect: { poll: { timeout: 30_000 } },
    // Elections and browsers are among the thorough ones: more than a test for each of two processors makes them late.
    maxWorkers: mode === "thorough" ? 2 : 3,
    sequence: { sequencer: LongestFirst },
  },
}));
