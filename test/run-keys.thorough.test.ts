import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePort, runToEnd, start, until } from "./processes.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shardwright-keys-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));

const write = (path: string, text: string) => writeFileSync(join(folder, path), text);
const pipeline = { GITHUB_ACTIONS: "true", GITHUB_REPOSITORY: "acme/shop", GITHUB_RUN_ID: "77", GITHUB_JOB: "test" };
const run = (args: readonly string[], environment: Record<string, string> = {}) =>
  runToEnd(["run", "--workers", "1", "--max-retries", "0", ...args], { cwd: folder, environment });

test("two commands in one CI job both run their tests, although nothing but the environment differs", async () => {
  write("package.json", JSON.stringify({ type: "module", scripts: { test: "node --test" } }));
  write(
    "a.test.js",
    'import test from "node:test";\ntest("works", () => {\n  if (process.env.DATABASE === "other") throw new Error("not with this one");\n});\n',
  );
  expect((await run([], { ...pipeline, DATABASE: "one" })).code).toBe(0);
  expect((await run([], { ...pipeline, DATABASE: "other" })).code).toBe(1);
  write("b.test.js", 'import test from "node:test";\ntest("works", () => {});\n');
  // Another part of the suite in the same job is no mistake.
  expect((await run(["--test-pattern", "b.test.js"], pipeline)).code).toBe(0);
});

test("a key's green result is not one for another command, or for other hardware", async () => {
  write("a.case", "");
  write(
    "pass.mjs",
    `import { writeFileSync } from "node:fs";\nwriteFileSync(process.argv[2], '<testsuite name="s"><testcase name="a"/></testsuite>');\n`,
  );
  write("fail.mjs", "process.exit(1);\n");
  const with_key = (program: string, ...more: string[]) =>
    run(["--run-key", "k", "--command", `node ${program} {junit} {file}`, "--test-pattern", "*.case", ...more]);
  expect((await with_key("pass.mjs")).code).toBe(0);
  for (const again of [await with_key("fail.mjs"), await with_key("pass.mjs", "--requirements", '{"memory_mib":1}')]) {
    expect(again.output).toContain("The run key k belongs to another manifest");
    expect(again.code).toBe(2);
  }
  expect((await with_key("pass.mjs")).output).toContain("nothing is run again");
});

test("on a fleet, a pipeline that runs again takes its run up, and another part of the suite is another run", async () => {
  write("package.json", JSON.stringify({ type: "module", scripts: { test: "node --test" } }));
  for (const name of ["a", "b"]) write(`${name}.test.js`, 'import test from "node:test";\ntest("works", () => {});\n');
  const address = `http://127.0.0.1:${await freePort()}`;
  const token = "admin-token-of-this-test-0123456789abcdef";
  const state = mkdtempSync(join(tmpdir(), "shardwright-keys-state-"));
  const fleet = { ...pipeline, SHARDWRIGHT_COORDINATOR: address, SHARDWRIGHT_API_KEY: token };
  const processes = [
    start(["coordinator", "--port", new URL(address).port, "--state-dir", state], {
      environment: { SHARDWRIGHT_ADMIN_TOKEN: token },
    }),
  ];
  try {
    await until("the coordinator", async () => (await fetch(`${address}/readyz`)).ok);
    processes.push(start(["worker", "--slots", "1"], { environment: fleet }));
    const submit = (...args: string[]) => runToEnd(["run", ...args], { cwd: folder, environment: fleet });
    const first = await submit();
    expect([first.code, first.output.includes("nothing is run again")]).toEqual([0, false]);
    expect((await submit()).output).toContain("nothing is run again");
    const part = await submit("--test-pattern", "a.test.js");
    expect([part.code, part.output.includes("nothing is run again")]).toEqual([0, false]);
  } finally {
    for (const { child } of processes) child.kill("SIGKILL");
    await Promise.all(processes.map(({ exited }) => exited));
    rmSync(state, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
});
