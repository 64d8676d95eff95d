import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { until } from "../processes.ts";
import { startFleet } from "./fleet.ts";
import { testOf, useSuite } from "./suite.ts";

const { folder, write, report } = useSuite();

test("what a test prints can be read while it runs, on from there to its end, and afterwards", async () => {
  const gate = join(folder(), "gate");
  write(
    "slow.test.js",
    testOf(
      `console.log("first " + process.env.DEPLOY_TOKEN);
      while (!existsSync(${JSON.stringify(gate)})) await new Promise((resolve) => setTimeout(resolve, 20));
      console.log("second");`,
      'import { existsSync } from "node:fs";',
    ),
  );
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  await fleet.worker("one", { environment: { DEPLOY_TOKEN: "swordfish-1234" } });
  const running = fleet.launch(["run", "--run-key", "live"], { cwd: folder() });
  let id = "";
  await until("the run", async () => {
    const { runs } = (await fleet.call("GET", "runs")) as { runs: { id: string }[] };
    id = runs[0]?.id ?? "";
    return id !== "";
  });
  const log = fleet.launch(["runs", "log", id, "slow.test.js"]);
  await until("the first line", async () => log.output().includes("first ***"));
  expect(log.output()).not.toContain("second");
  writeFileSync(gate, "");
  expect(await log.exited).toBe(0);
  expect(await running.exited).toBe(0);
  expect(log.output().match(/first|second|Attempt 1: passed/g)).toEqual(["first", "second", "Attempt 1: passed"]);

  const stored = report().tasks[0]?.attempts[0]?.log ?? "";
  const again = await fleet.toEnd(["runs", "log", id, "slow.test.js", "--attempt", "1", "--json"]);
  const events = again.output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
  expect(events).toEqual([
    { type: "output", attempt: 1, text: stored },
    { type: "end", attempt: 1, status: "passed" },
  ]);
  expect(stored).toContain("first ***");
  for (const [args, message] of [
    [["slow.test.js", "--attempt", "2"], "There is no attempt 2 of task 0"],
    [["slow.test.js", "--attempt", "x"], "--attempt is a whole number"],
    [["fast.test.js"], "There is no test file fast.test.js"],
  ] as const) {
    const { code, output } = await fleet.toEnd(["runs", "log", id, ...args]);
    expect(output).toContain(message);
    expect(code).not.toBe(0);
  }
});
