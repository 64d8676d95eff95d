import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { areThere, mainProcess, markedProcesses, processTree, profiles } from "../testing/marked.ts";
import { realBrowser } from "../testing/real-browsers.ts";
import { browsersRoot, markVariable } from "./folders.ts";
import { processIdentity } from "./processes.ts";
import { reapBrowsers } from "./reap.ts";

const patience = { timeout: 20_000, interval: 50 };

beforeEach(() => {
  const folder = mkdtempSync("/tmp/o-");
  vi.stubEnv("TMPDIR", folder);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
});

/** Starts a process that does this and says `ready` when it is done. */
async function startProcess(source: string, environment: Record<string, string> = {}) {
  const script = join(mkdtempSync(join(process.env["TMPDIR"] ?? "", "script-")), "worker.mjs");
  writeFileSync(script, source);
  const child = spawn(process.execPath, [script], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  for await (const line of createInterface(child.stdout)) if (line === "ready") break;
  return child;
}

test.skipIf(process.platform !== "linux").for(["chromium", "firefox"] as const)(
  "%s ends with the worker that is killed, and the next one removes its folders",
  async (kind, context) => {
    const browser = realBrowser(context, kind);
    const worker = await startProcess(`
import { BrowserPool } from ${JSON.stringify(join(import.meta.dirname, "pool.ts"))};
import { playwrightLauncher } from ${JSON.stringify(join(import.meta.dirname, "..", "launch", "launcher.ts"))};
const pool = new BrowserPool({ browsers: [${JSON.stringify(browser)}], launcher: playwrightLauncher });
await pool.acquire({ browser: ${JSON.stringify(kind)}, gpu: false, timeout_ms: 40_000 });
console.log("ready");
`);
    const owner = (await processIdentity(worker.pid ?? 0)) ?? "";
    const tree = processTree(mainProcess(markedProcesses(`${owner}/`)));
    expect(tree.length).toBeGreaterThan(2);
    // It is there, and so is its worker: nobody else's business.
    expect(await reapBrowsers()).toEqual({ processes: 0, folders: 0 });
    const gone = once(worker, "exit");
    worker.kill("SIGKILL");
    await gone;
    await expect.poll(() => areThere(tree), patience).toEqual([]);
    expect(profiles()).toHaveLength(1);
    // Firefox has one process that leaves its group, and may outlive it.
    expect(await reapBrowsers()).toMatchObject({ folders: 1 });
    await expect.poll(() => markedProcesses(`${owner}/`), patience).toEqual([]);
    expect(profiles()).toEqual([]);
    expect(readdirSync(browsersRoot())).toEqual([]);
  },
);

test.skipIf(process.platform !== "linux")(
  "a process that has the mark of a worker which is gone is ended; one whose worker is there, or unknown, is not",
  async () => {
    const worker = await startProcess(`console.log("ready"); setInterval(() => {}, 1000);`);
    const owner = (await processIdentity(worker.pid ?? 0)) ?? "";
    const wait = `console.log("ready"); setInterval(() => {}, 1000);`;
    const marked = await startProcess(wait, { [markVariable]: `${owner}/abc` });
    const [, pid, begun] = owner.split("-");
    const elsewhere = await startProcess(wait, { [markVariable]: `1-${pid}-${begun}/abc` });
    const strange = await startProcess(wait, { [markVariable]: "somebody" });
    expect(await reapBrowsers()).toEqual({ processes: 0, folders: 0 });
    const ended = once(marked, "exit");
    const gone = once(worker, "exit");
    worker.kill("SIGKILL");
    await gone;
    expect(await reapBrowsers()).toEqual({ processes: 1, folders: 0 });
    expect(await ended).toEqual([null, "SIGKILL"]);
    expect(areThere([elsewhere.pid ?? 0, strange.pid ?? 0])).toHaveLength(2);
    expect(existsSync(browsersRoot())).toBe(false);
  },
);
