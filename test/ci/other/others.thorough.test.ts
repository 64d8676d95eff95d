import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startFleet } from "../../cli/fleet.ts";
import { testOf, useSuite } from "../../cli/suite.ts";
import { runToEnd } from "../../processes.ts";

const { folder, write, run } = useSuite();

test("TeamCity is told every test by messages in the log, and obeys nothing else that stands there", async () => {
  write("a.test.js", testOf(""));
  write("b.test.js", testOf("throw new Error(\"##teamcity[buildStop comment='x']\");"));
  const { code, output } = await runToEnd(["run", "--workers", "1", "--max-retries", "0"], {
    cwd: folder(),
    environment: { TEAMCITY_VERSION: "2025.11" },
  });
  expect(code).toBe(1);
  const messages = [...output.matchAll(/##teamcity\[(\w+)/g)].map(([, name]) => name);
  expect(messages).toEqual([
    "blockOpened",
    "blockClosed",
    "testSuiteStarted",
    "testStarted",
    "testFinished",
    "testSuiteFinished",
    "testSuiteStarted",
    "testStarted",
    "testFailed",
    "testFinished",
    "testSuiteFinished",
    "buildStatus",
  ]);
  expect((await run("--publish", "none")).output).not.toContain("##teamcity[test");
});

test("parallel jobs need no numbers where the CI system counts them: the shares of split are the whole", async () => {
  for (const name of ["a", "b", "c", "d", "e"]) write(`${name}.test.js`, testOf(""));
  const share = async (environment: Record<string, string>) => {
    const { code, output } = await runToEnd(["split"], { cwd: folder(), environment });
    expect(code, output).toBe(0);
    return output.trim().split("\n");
  };
  const all = ["a", "b", "c", "d", "e"].map((name) => `${name}.test.js`);
  for (const of of [
    (index: number) => ({ CIRCLECI: "true", CIRCLE_NODE_INDEX: String(index), CIRCLE_NODE_TOTAL: "2" }),
    (index: number) => ({ SEMAPHORE: "true", SEMAPHORE_JOB_INDEX: String(index + 1), SEMAPHORE_JOB_COUNT: "2" }),
  ])
    expect([...(await share(of(0))), ...(await share(of(1)))].toSorted()).toEqual(all);
  // A job that nobody has multiplied has the whole.
  expect(await share({ CIRCLECI: "true", CIRCLE_NODE_INDEX: "0", CIRCLE_NODE_TOTAL: "1" })).toEqual(all);
});

test.skipIf(process.platform === "win32")(
  "Buildkite's parallel jobs are the workers of one run, and one of them annotates the build",
  async () => {
    for (const name of ["a", "b", "c"]) write(`${name}.test.js`, testOf(""));
    mkdirSync(join(folder(), "bin"));
    write("bin/buildkite-agent", '#!/bin/sh\n(echo "$@"; cat) >> "$SEEN"\n');
    chmodSync(join(folder(), "bin", "buildkite-agent"), 0o755);
    const seen = join(folder(), "seen.txt");
    const fleet = await startFleet();
    onTestFinished(fleet.end);
    const job = (index: number) =>
      fleet.toEnd(["worker", "--run-key", "build", "--slots", "1", "--output-dir", `out-${index}`], {
        cwd: folder(),
        environment: {
          SHARDWRIGHT_COORDINATOR: fleet.address,
          SHARDWRIGHT_API_KEY: "admin-token-of-these-tests-0123456789abcdef",
          PATH: [join(folder(), "bin"), process.env.PATH].join(delimiter),
          SEEN: seen,
          BUILDKITE: "true",
          BUILDKITE_PARALLEL_JOB: String(index),
          BUILDKITE_PARALLEL_JOB_COUNT: "2",
        },
      });
    const ended = await Promise.all([job(0), job(1)]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    for (const index of [0, 1]) {
      const { workers } = JSON.parse(readFileSync(join(folder(), `out-${index}`, "report.json"), "utf8")) as {
        workers: { name: string }[];
      };
      // One that comes when all is over is none of them.
      expect(workers.length).toBeGreaterThan(0);
      for (const { name } of workers) expect(name).toMatch(/^job-[12]-of-2-/);
    }
    expect(existsSync(seen), ended.map(({ output }) => output).join("\n")).toBe(true);
    expect(readFileSync(seen, "utf8").match(/^annotate --context Shardwright --style success$/gm)).toHaveLength(1);
  },
);
