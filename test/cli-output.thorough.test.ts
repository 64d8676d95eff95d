import { existsSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runReportSchema } from "@shardwright/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePort, program, runToEnd, start, until } from "./processes.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shardwright-output-"));
  write("package.json", JSON.stringify({ type: "module", scripts: { test: "node --test" } }));
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));

function write(path: string, text: string): void {
  writeFileSync(join(folder, path), text);
}

const testOf = (body: string) => `import test from "node:test";\ntest("works", async () => {\n${body}\n});\n`;
const verdict = () =>
  runReportSchema.parse(JSON.parse(readFileSync(join(folder, "shardwright-report", "report.json"), "utf8"))).verdict;

test.each([
  ["run", []],
  ["run --json", ["--json"]],
])("nobody reads the output of %s: a red run is red, and its reports are written", async (_name, args) => {
  write("bad.test.js", testOf('throw new Error("no");'));
  const started = start(["run", ...args, "--workers", "1", "--max-retries", "0"], { cwd: folder });
  started.child.stdout?.destroy();
  started.child.stderr?.destroy();
  expect(await started.exited).toBe(1);
  expect(verdict()).toBe("failed");
});

test("a coordinator outlives the reader of its log", async () => {
  const port = await freePort();
  const started = start(["coordinator", "--port", String(port), "--state-dir", "state"], { cwd: folder });
  for (const stream of [started.child.stdout, started.child.stderr]) stream?.destroy();
  const isUp = async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok;
  await until("the coordinator", isUp);
  // The lines that say so were written, and failed to be, before this turn of its loop.
  expect(await isUp()).toBe(true);
  started.child.kill("SIGKILL");
  await started.exited;
});

test("what a configuration prints is not in the middle of --json, and what it leaves running keeps no job from ending", async () => {
  write("good.test.js", testOf(""));
  write("shardwright.config.ts", 'console.log("loaded");\nsetInterval(() => {}, 1000);\nexport default { workers: 1 };\n');
  const started = start(["run", "--json"], { cwd: folder });
  let result = "";
  started.child.stdout?.on("data", (chunk: Buffer) => (result += chunk.toString("utf8")));
  expect(await started.exited).toBe(0);
  expect(JSON.parse(result)).toMatchObject({ verdict: "passed" });
  expect(started.output()).toContain("loaded");
});

test.skipIf(process.platform === "win32")("a coordinator's log is JSON and nothing else", async () => {
  const started = start(["coordinator", "--port", "0", "--state-dir", "state"], { cwd: folder });
  let log = "";
  started.child.stderr?.on("data", (chunk: Buffer) => (log += chunk.toString("utf8")));
  await until("the coordinator", async () => started.output().includes("Shardwright coordinator on"));
  started.child.kill("SIGTERM");
  expect(await started.exited).toBe(0);
  const messages = log
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { msg: string }).msg);
  expect(messages).toEqual(expect.arrayContaining(["listening", "closed"]));
});

test.skipIf(!existsSync("/dev/full"))("output that is lost to a full disk does not end with 0", async () => {
  write("good.test.js", testOf(""));
  const full = openSync("/dev/full", "w");
  const child = spawn(process.execPath, [program, "run", "--workers", "1"], { cwd: folder, stdio: ["ignore", full, "ignore"] });
  closeSync(full);
  const [code] = (await once(child, "close")) as [number];
  expect(code).toBe(3);
  expect(verdict()).toBe("passed");
});

test("a fault that nothing catches is no verdict on the tests", async () => {
  write("good.test.js", testOf(""));
  write(
    "shardwright.config.ts",
    'setTimeout(() => { throw new Error("a plugin fell over"); }, 1);\nexport default { maxRetries: 0 };\n',
  );
  const { code, output } = await runToEnd(["run", "--workers", "1"], { cwd: folder });
  expect(output).toContain("a plugin fell over");
  expect(code).toBe(3);
});

test.skipIf(process.platform === "win32")("workers end with the run that started them, however that ended", async () => {
  write(
    "slow.test.js",
    `import { renameSync, writeFileSync } from "node:fs";\n${testOf(
      'writeFileSync("worker.tmp", String(process.ppid));\nrenameSync("worker.tmp", "worker");\nawait new Promise((resolve) => setTimeout(resolve, 600_000));',
    )}`,
  );
  const started = start(["run", "--workers", "1", "--worker-processes"], { cwd: folder });
  await until("the test", async () => existsSync(join(folder, "worker")));
  const worker = Number(readFileSync(join(folder, "worker"), "utf8"));
  expect(isAlive(worker)).toBe(true);
  started.child.kill("SIGKILL");
  await started.exited;
  await until("the worker's end", async () => !isAlive(worker));
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
