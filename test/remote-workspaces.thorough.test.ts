import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { runReportSchema } from "@shardwright/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort, runToEnd, start, until, type Started } from "./processes.ts";

const admin = "admin-token-of-this-test-0123456789abcdef";
let root: string;
let checkout: string;
let environment: Record<string, string>;
const processes: Started[] = [];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "shardwright-remote-"));
  checkout = join(root, "checkout");
  const port = await freePort();
  environment = {
    SHARDWRIGHT_COORDINATOR: `http://127.0.0.1:${port}`,
    SHARDWRIGHT_API_KEY: admin,
    SHARDWRIGHT_ADMIN_TOKEN: admin,
  };
  const coordinator = ["coordinator", "--port", String(port), "--state-dir", join(root, "state")];
  processes.push(start(coordinator, { environment }));
  await until("the coordinator", async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok);
  for (const name of ["one", "two"]) processes.push(startWorker(name, join(root, name)));
  for (const worker of processes.slice(1)) await until("a worker", async () => worker.output().includes("is ready"));

  write("package.json", JSON.stringify({ type: "module", scripts: { test: "node --test" } }));
  write(".gitignore", "generated\nshardwright-report\n.shardwright\n");
  write("lock", "1");
  for (let index = 0; index < 4; index += 1)
    write(
      `packages/app/t${index}.test.js`,
      `import test from "node:test";
import assert from "node:assert";
import answer from "../../generated/answer.mjs";
test("in a checkout of its own", () => {
  assert.equal(answer, 42);
  assert.ok(!import.meta.filename.startsWith(${JSON.stringify(checkout)}));
});\n`,
    );
  git("init", "-q", "-b", "main");
  git("add", "-A");
  git("commit", "-qm", "x");
});

afterAll(async () => {
  for (const { child } of processes) child.kill("SIGKILL");
  await Promise.all(processes.map(({ exited }) => exited));
  rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
});

function startWorker(name: string, directory: string, ...args: string[]): Started {
  return start(["worker", "--name", name, "--slots", "1", "--workspace-dir", directory, ...args], { environment });
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(checkout, path)), { recursive: true });
  writeFileSync(join(checkout, path), text);
}

function git(...args: string[]): void {
  execFileSync("git", ["-c", "user.name=x", "-c", "user.email=x@example.com", ...args], { cwd: checkout, stdio: "pipe" });
}

function report() {
  return runReportSchema.parse(JSON.parse(readFileSync(join(checkout, "shardwright-report", "report.json"), "utf8")));
}

const setup = ["--setup", `mkdir -p generated && echo "export default 42" > generated/answer.mjs`, "--setup-lock-file", "lock"];
const run = (...args: string[]) => runToEnd(["run", "--max-retries", "0", ...args], { cwd: checkout, environment });

test("a bundle of the checkout reaches the workers, is made ready there, and is uploaded once", async () => {
  const first = await run("--workspace", "bundle", ...setup);
  expect(first.output).toMatch(/Bundle of 7 files, \d\.\d MiB/);
  expect(first.code, first.output).toBe(0);
  expect(report()).toMatchObject({ verdict: "passed", account: { discovered: 4, passed: 4 } });
  const second = await run("--workspace", "bundle", ...setup);
  expect(second.output).toContain("of which the coordinator lacked 0.0 MiB");
  expect(second.code, second.output).toBe(0);
});

test("workers check the commit out of the repository, and a checkout that differs from it is refused", async () => {
  const url = ["--git-url", pathToFileURL(checkout).href];
  const good = await run("--workspace", "git", ...url, ...setup);
  expect(good.code, good.output).toBe(0);
  expect(report()).toMatchObject({ verdict: "passed", account: { discovered: 4, passed: 4 } });
  write("lock", "2");
  const changed = await run("--workspace", "git", ...url, ...setup);
  expect(changed.code).toBe(2);
  expect(changed.output).toMatch(/this checkout differs from it in 1 files: lock/);
  write("lock", "1");
  const password = await run("--workspace", "git", "--git-url", "https://user:secret@example.com/x.git");
  expect(password.output).toContain("leave the password out");
  expect(password.code).toBe(2);
});

test("a setup that fails is each test's error, with what it said; without one the tests miss what they need", async () => {
  const { code, output } = await run("--workspace", "bundle", "--setup", "echo out of order; exit 9");
  expect(output).toMatch(/ended with code 9/);
  expect(code).toBe(3);
  expect(report()).toMatchObject({ verdict: "errored", account: { discovered: 4, errored: 4 } });
  expect((await run("--workspace", "bundle")).code).not.toBe(0);
  const dir = await run("--workspace", "dir", "--setup", "true");
  expect(dir.output).toContain("--setup is for checkouts that workers make");
  expect(dir.code).toBe(2);
});

const canMount = process.platform === "linux" && process.getuid?.() === 0;

test.skipIf(!canMount)("a worker whose disk is full passes its tasks on", async () => {
  const small = join(root, "small");
  mkdirSync(small);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=16k", "tmpfs", small]);
  const full = startWorker("full", join(small, "w"), "--label", "full");
  processes.push(full);
  try {
    await until("the worker", async () => full.output().includes("is ready"));
    const { code, output } = await run("--workspace", "bundle", ...setup);
    expect(code, output).toBe(0);
    expect(report()).toMatchObject({ verdict: "passed", account: { discovered: 4, passed: 4 } });
    // Where it is the only one that may, the run does not go on for ever.
    const alone = await run("--workspace", "bundle", ...setup, "--hardware-requirements", "full");
    expect(alone.code).toBe(3);
    expect(report()).toMatchObject({ verdict: "errored", account: { discovered: 4, errored: 4 } });
    expect(JSON.stringify(report())).toContain("ENOSPC");
  } finally {
    full.child.kill("SIGKILL");
    await full.exited;
    execFileSync("umount", ["-l", small]);
  }
});

test("workers that end leave no checkout behind", async () => {
  for (const worker of processes.slice(1, 3)) {
    worker.child.kill("SIGTERM");
    expect(await worker.exited).toBe(0);
  }
  for (const name of ["one", "two"]) {
    const trees = join(root, name, "trees");
    expect(existsSync(trees) ? readdirSync(trees) : []).toEqual([]);
  }
});
