import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { program, runToEnd, start, until } from "../processes.ts";
import { testOf, useSuite } from "./suite.ts";

const { folder, write, report } = useSuite();

/** A Node of the user's own, too old to run the program but not to say so. */
const older = (process.env.PATH ?? "")
  .split(delimiter)
  .filter((directory) => directory !== "" && !directory.includes("node_modules"))
  .map((directory) => join(directory, process.platform === "win32" ? "node.exe" : "node"))
  .map((path) => ({ path, version: spawnSync(path, ["--version"], { encoding: "utf8" }).stdout?.trim() ?? "" }))
  .find(({ version }) => /^v(?:18|19|20|21|22|23)\./.test(version));

beforeEach(({ skip }) => skip(older === undefined, "the PATH has no Node from 18 to 23 beside the pinned one"));

test("in a checkout the program goes on under the pinned Node, and signals and exit codes pass through", async () => {
  const node = older?.path ?? "";
  write("slow.test.js", testOf("await new Promise((resolve) => setTimeout(resolve, 600_000));"));
  const doctor = await runToEnd(["doctor", "--json"], { cwd: folder(), node });
  const { findings } = JSON.parse(doctor.output) as { findings: { check: string; message: string }[] };
  expect(findings.find(({ check }) => check === "node")?.message).toContain(`${process.versions.node} on`);
  expect(doctor.code).toBe(0);

  const started = start(["run", "--workers", "1"], { cwd: folder(), node });
  await until("the run", async () => started.output().includes("1 test file"));
  started.child.kill("SIGINT");
  expect(await started.exited).toBe(4);
  expect(report()).toMatchObject({ verdict: "cancelled", account: { cancelled: 1 } });
});

test("outside a checkout the program says in one line what it needs, and runs nothing", async () => {
  const copy = join(folder(), "copy", "bin", "shardwright.mjs");
  mkdirSync(join(copy, ".."), { recursive: true });
  cpSync(program, copy);
  write("a.test.js", testOf(""));
  const said = `shardwright needs Node 24 or newer; this is ${older?.version.slice(1)}. Install it from https://nodejs.org, or: npm install --save-dev node@24\n`;
  const outside = await runToEnd(["run"], { cwd: folder(), node: older?.path ?? "", program: copy });
  expect(outside).toEqual({ code: 2, output: said });
  // A pinned Node that is too old itself must not start itself for ever.
  const again = await runToEnd(["run"], { cwd: folder(), node: older?.path ?? "", environment: { SHARDWRIGHT_REEXECUTED: "1" } });
  expect(again).toEqual({ code: 2, output: said });
});
