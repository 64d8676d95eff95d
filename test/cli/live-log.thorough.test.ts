import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { manifestText } from "@shardwright/core";
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

test("the log of a file is its own beside files in parts, and of those each part has one", async () => {
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  await fleet.worker("one");
  for (const name of ["heavy", "light"]) write(`${name}.test.js`, testOf(`console.log("printed by ${name}");`));
  const whole = (name: string) => ({
    key: `unit:${name}.test.js`,
    suite: "unit",
    kind: "file",
    file: `${name}.test.js`,
    args: [],
    requirements: {},
    hash: "0".repeat(64),
    bytes: 1,
  });
  const part = (index: number) => ({
    ...whole("heavy"),
    key: `unit:heavy.test.js (${index + 1})`,
    part: { of: "unit:heavy.test.js", index, count: 2, expected_ms: 100, [index === 0 ? "cases" : "except"]: [["works"]] },
  });
  const suites = [{ name: "unit", runner: "node-test", directory: ".", options: {} }];
  const tasks = [part(0), part(1), whole("light")];
  const submission = {
    project: "default",
    run_key: "parts",
    workspace: { kind: "dir", path: folder() },
    suites,
    tasks,
    manifest_hash: createHash("sha256").update(manifestText({ tasks, suites })).digest("hex"),
  };
  const { run } = (await fleet.call("POST", "runs", submission)) as { run: string };
  const logOf = (...args: string[]) => fleet.toEnd(["runs", "log", run, ...args]);
  expect((await logOf("light.test.js")).output).toContain("printed by light");
  const { output } = await logOf("heavy.test.js");
  expect(output).toMatch(/heavy\.test\.js is in 2 parts; this is part [12]\. Choose with --part\./);
  expect(output).toContain("printed by heavy");
  expect((await logOf("heavy.test.js", "--part", "2")).output).not.toContain("Choose with");
  const missing = await logOf("heavy.test.js", "--part", "3");
  expect(missing.output).toContain("There is no part 3 of heavy.test.js");
  expect(missing.code).not.toBe(0);
});
