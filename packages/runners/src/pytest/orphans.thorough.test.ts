import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const python = [process.env["TEST_PYTHON"] ?? "/usr/bin/python3", "python3", "python"].find(
  (candidate) => spawnSync(candidate, ["-c", "import pytest"]).status === 0,
);

let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), "shardwright-orphans-"));
});
afterEach(() => rmSync(workspace, { recursive: true, force: true }));

const pidFile = () => join(workspace, "pid");
const hang = `import os, time\nopen("pid.tmp", "w").write(str(os.getpid()))\nos.rename("pid.tmp", "pid")\ntime.sleep(600)\n`;

/** A process that uses the runner, and does not outlive us. */
function startUser(body: string) {
  const runner = new URL("runner.ts", import.meta.url).href;
  const request = { workspace, directory: ".", options: { python, args: [] }, environment: { PATH: process.env.PATH } };
  const selection = { patterns: [], directories: [], excludes: [] };
  const script = `import { pytestRunner } from ${JSON.stringify(runner)};
const request = ${JSON.stringify({ ...request, selection })};
${body}`;
  return spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "inherit" });
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`${what} did not happen`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

// Elsewhere a session has no parent of ours that could see its owner's end.
test.skipIf(python === undefined || process.platform !== "linux").each([
  [
    "a test that hangs",
    "test_a.py",
    "const session = await pytestRunner.open(request);\nfor await (const _ of session.execute([{ id: 1, file: 'test_a.py', args: [] }]));",
  ],
  ["a listing that hangs", "conftest.py", "await pytestRunner.discover(request);"],
])("%s ends with the process that wanted it, however that ended", async (_name, file, body) => {
  writeFileSync(join(workspace, "pytest.ini"), "[pytest]\n");
  writeFileSync(join(workspace, "test_a.py"), "def test_a():\n    pass\n");
  writeFileSync(join(workspace, file), file === "test_a.py" ? `def test_a():\n${hang.replaceAll(/^(?=.)/gm, "    ")}` : hang);
  const user = startUser(body);
  try {
    await until("the start", () => existsSync(pidFile()));
    const pid = Number(readFileSync(pidFile(), "utf8"));
    expect(isAlive(pid)).toBe(true);
    user.kill("SIGKILL");
    await once(user, "exit");
    await until("its end", () => !isAlive(pid));
  } finally {
    user.kill("SIGKILL");
    if (existsSync(pidFile()) && isAlive(Number(readFileSync(pidFile(), "utf8"))))
      process.kill(Number(readFileSync(pidFile(), "utf8")), "SIGKILL");
  }
});
