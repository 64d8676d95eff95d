import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";

const root = join(import.meta.dirname, "..", "..", "..", "..");

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "shardwright-orphans-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return folder;
}

/** Runs a module in a process that is killed when it prints `now`. @returns the process that this one had printed the number of before */
async function killedParentOf(folder: string, source: string): Promise<number> {
  const script = join(folder, "parent.mjs");
  writeFileSync(script, source);
  const parent = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void parent.kill("SIGKILL"));
  let child = 0;
  for await (const line of createInterface(parent.stdout)) {
    if (line !== "now") child = Number(line);
    else break;
  }
  const gone = once(parent, "exit");
  parent.kill("SIGKILL");
  await gone;
  expect(child).toBeGreaterThan(1);
  onTestFinished(() => {
    if (isThere(child)) process.kill(-child, "SIGKILL");
  });
  return child;
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const patience = { timeout: 30_000, interval: 50 };

test.skipIf(process.platform === "win32")(
  "a child that does not end with its channel ends when its parent was killed",
  async () => {
    const child = await killedParentOf(
      makeFolder(),
      `import { startChild } from ${JSON.stringify(join(import.meta.dirname, "child.ts"))};
const child = startChild({ command: "sh", args: ["-c", "trap '' TERM HUP; echo up >&4; while :; do sleep 1; done"], cwd: "/", environment: process.env, channel: true, onOutput: () => {} });
child.fromChild.once("data", () => console.log(child.pid + "\\nnow"));
`,
    );
    await expect.poll(() => isThere(child), patience).toBe(false);
  },
);

test.skipIf(process.platform === "win32")(
  "a killed worker's vitest breaks off its file and clears up what it set up",
  async () => {
    const folder = makeFolder();
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(
      join(folder, "a.test.ts"),
      `import { appendFileSync } from "node:fs";
import { afterAll, test } from "vitest";
afterAll(() => appendFileSync("events", "cleared up\\n"));
for (let number = 0; number < 1000; number += 1)
  test("case " + number, async () => {
    appendFileSync("events", "case\\n");
    await new Promise((resolve) => setTimeout(resolve, 50));
  });
`,
    );
    const child = await killedParentOf(
      folder,
      `import { existsSync, watch } from "node:fs";
import { startChild } from ${JSON.stringify(join(import.meta.dirname, "child.ts"))};
const configuration = { mode: "run", workspace: ${JSON.stringify(folder)}, directory: ${JSON.stringify(folder)} };
const host = ${JSON.stringify(join(import.meta.dirname, "..", "vitest", "host", "main.ts"))};
const child = startChild({ command: process.execPath, args: [host, JSON.stringify(configuration)], cwd: ${JSON.stringify(folder)}, environment: process.env, channel: true, onOutput: () => {} });
child.toChild.write(JSON.stringify({ type: "run", id: 1, file: "a.test.ts", args: [] }) + "\\n");
watch(${JSON.stringify(folder)}, (_, name) => name === "events" && existsSync("${folder}/events") && console.log(child.pid + "\\nnow"));
`,
    );
    await expect.poll(() => isThere(child), patience).toBe(false);
    expect(existsSync(join(folder, "events"))).toBe(true);
    const events = readFileSync(join(folder, "events"), "utf8").trim().split("\n");
    expect(events.at(-1)).toBe("cleared up");
    expect(events.length).toBeLessThan(500);
  },
);
