import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

test.each([
  [["makespan", "--framework", "vitst"], "--framework is one of pytest, vitest"],
  [["makespan", "--seed", "one"], "--seed is a whole number from 0, not one"],
  [["makespan", "--sed", "1"], "--sed"],
  [["makespann"], "makespan"],
  [["scale", "--workers", "many"], "--workers is a whole number from 1 to 9999999, not many"],
  [["dispatch", "--jobs", "0"], "--jobs is a whole number from 1 to 9999999, not 0"],
  [["dispatch", "1000"], "1000"],
])("a benchmark that is asked for wrongly measures nothing and says so: %j", (args, message) => {
  const program = join(import.meta.dirname, "..", "bench", "main.ts");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: "utf8" });
  expect(stdout + stderr).toContain(message);
  expect(stdout + stderr).not.toContain("    at ");
  expect(status).toBe(2);
});
