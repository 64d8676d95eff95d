import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { startFleet } from "./fleet.ts";
import { testOf, useSuite } from "./suite.ts";

const { folder, write, report } = useSuite();

const hour_ms = 3_600_000;
/** More than any of these runs takes, and less than what tells a shifted clock. */
const slack_ms = hour_ms / 2;
const sleep_ms = 60;

const shifted = (shift_ms: number) => ({
  NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, "shifted-clock.mjs")).href}`,
  CLOCK_SHIFT_MS: String(shift_ms),
});

test.each([
  ["the worker's clock is an hour ahead of the coordinator's", 0, hour_ms],
  ["the worker's clock, and the CI job's, is an hour behind the coordinator's", hour_ms, 0],
])("%s: the run ends, with its account, durations and timeline right", async (_what, coordinatorShift_ms, workerShift_ms) => {
  const sleep = `await new Promise((resolve) => setTimeout(resolve, ${sleep_ms}));`;
  write("a.test.js", testOf(sleep));
  write("bad.test.js", testOf(`${sleep} throw new Error("as intended");`));
  write(
    "clock.test.js",
    testOf(`${sleep} writeFileSync("clock", String(Date.now()));`, 'import { writeFileSync } from "node:fs";'),
  );
  const fleet = await startFleet({ environment: shifted(coordinatorShift_ms) });
  onTestFinished(fleet.end);
  await fleet.worker("elsewhere", { environment: shifted(workerShift_ms) });
  const began_ms = performance.now();
  const running = fleet.launch(["run", "--max-retries", "1", "--timeout", "60"], { cwd: folder() });
  expect(await running.exited).toBe(1);
  const elapsed_ms = performance.now() - began_ms;

  // The clocks really were wrong, and the coordinator's is the one that counts.
  const workerNow_ms = Number(readFileSync(join(folder(), "clock"), "utf8"));
  expect(Math.abs(workerNow_ms - Date.now() - workerShift_ms)).toBeLessThan(slack_ms);
  const { run, account, verdict, tasks, cost, notices } = report();
  expect(Math.abs(run.submitted_at_ms - Date.now() - coordinatorShift_ms)).toBeLessThan(slack_ms);

  expect({ verdict, account }).toMatchObject({ verdict: "failed", account: { discovered: 3, passed: 2, failed: 1 } });
  expect(tasks.map(({ file, attempts }) => `${file} ${attempts.length}`).toSorted()).toEqual([
    "a.test.js 1",
    "bad.test.js 2",
    "clock.test.js 1",
  ]);
  expect(run.duration_ms).toBeGreaterThan(4 * sleep_ms);
  expect(run.duration_ms).toBeLessThanOrEqual(elapsed_ms);
  expect(cost.makespan_ms).toBe(run.duration_ms);
  expect(cost.test_time_ms).toBeLessThanOrEqual(elapsed_ms);
  expect(cost.slots).toBe(1);
  for (const { at_ms } of notices) expect(at_ms).toBeLessThanOrEqual(run.duration_ms);

  const attempts = tasks.flatMap((task) => task.attempts).toSorted((a, b) => a.started_ms - b.started_ms);
  let free_ms = 0;
  for (const { started_ms, ended_ms = 0, duration_ms, cases } of attempts) {
    // One slot: nothing overlaps, but for what rounding costs.
    expect(started_ms).toBeGreaterThanOrEqual(free_ms - 1);
    expect(ended_ms).toBeGreaterThanOrEqual(started_ms);
    expect(duration_ms).toBeGreaterThanOrEqual(sleep_ms - 1);
    expect(duration_ms).toBeLessThanOrEqual(elapsed_ms);
    for (const result of cases) expect(result.duration_ms).toBeLessThanOrEqual(duration_ms);
    free_ms = ended_ms;
  }
  expect(free_ms).toBeLessThanOrEqual(run.duration_ms);
  const told = running
    .output()
    .split("\n")
    .filter((line) => /\/3 done|^ +time /.test(line));
  expect(told.length).toBeGreaterThan(1);
  // Neither below zero nor of minutes.
  for (const line of told) expect(line).toMatch(/[( ]\d+(?:\.\d)? m?s\b/);
  expect(told.join("\n")).not.toMatch(/-\d|\d (?:min|h)\b/);
});
