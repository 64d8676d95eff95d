import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { chromium, firefox } from "playwright-core";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { playwrightLauncher } from "../launch/launcher.ts";
import { areThere, mainProcess, markedProcesses, processesWith, processTree, profiles } from "../testing/marked.ts";
import { realBrowser } from "../testing/real-browsers.ts";
import { browsersRoot } from "./folders.ts";
import type { BrowserLease } from "./lease.ts";
import { BrowserPool, type PoolOptions } from "./pool.ts";
import { processIdentity } from "./processes.ts";

const patience = { timeout: 20_000, interval: 50 };
const clients = { chromium, firefox };
const kinds = ["chromium", "firefox"] as const;

/** A folder of temporary files of the test's own, so that what is left over in it is the test's. */
beforeEach(() => {
  const folder = mkdtempSync(join("/tmp", "p-"));
  vi.stubEnv("TMPDIR", folder);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
});

function poolOf(browsers: PoolOptions["browsers"], limits: PoolOptions["limits"] = {}): BrowserPool {
  const pool = new BrowserPool({ browsers, launcher: playwrightLauncher, limits });
  onTestFinished(() => pool.close());
  return pool;
}

const request = { gpu: false, timeout_ms: 40_000 } as const;

async function connect(lease: BrowserLease) {
  const engine = lease.browser.engine === "firefox" ? "firefox" : "chromium";
  return clients[engine].connect(lease.wsEndpoint);
}

/** What runs in a lease as in a host's: a context of its own, a page, a question. */
async function ask(lease: BrowserLease): Promise<number> {
  const client = await connect(lease);
  try {
    const context = await client.newContext();
    const page = await context.newPage();
    const answer = await page.evaluate(() => 6 * 7);
    await context.close();
    return answer;
  } finally {
    await client.close();
  }
}

const ownMark = async () => `${await processIdentity(process.pid)}/`;
/** What a pool leaves when it is closed. */
async function expectNothingLeft(): Promise<void> {
  expect(markedProcesses(await ownMark())).toEqual([]);
  expect(profiles()).toEqual([]);
  const owner = join(browsersRoot(), (await ownMark()).slice(0, -1));
  expect(existsSync(owner) ? readdirSync(owner) : []).toEqual([]);
}

describe.each(kinds)("%s", (kind) => {
  test("tasks share a browser, and nothing of it is left when the pool is closed", async (context) => {
    const pool = poolOf([realBrowser(context, kind)]);
    const leases = await Promise.all([1, 2, 3].map(() => pool.acquire({ ...request, browser: kind })));
    expect(new Set(leases.map(({ instance }) => instance)).size).toBe(1);
    expect(await Promise.all(leases.map(ask))).toEqual([42, 42, 42]);
    const tree = processTree(mainProcess(markedProcesses(await ownMark())));
    expect(tree.length).toBeGreaterThan(2);
    await pool.measure();
    expect(pool.status().instances[0]?.memory_bytes).toBeGreaterThan(50_000_000);
    for (const lease of leases) lease.release();
    await pool.close();
    expect(areThere(tree)).toEqual([]);
    await expectNothingLeft();
  });

  test("a browser that is killed in mid-task ends its leases with that sign, and another takes its place", async (context) => {
    const pool = poolOf([realBrowser(context, kind)]);
    const lease = await pool.acquire({ ...request, browser: kind });
    const client = await connect(lease);
    const page = await (await client.newContext()).newPage();
    const never = page.evaluate(() => new Promise(() => {}));
    const main = mainProcess(markedProcesses(`${await ownMark()}${lease.instance}`));
    const tree = processTree(main);
    expect(tree.length).toBeGreaterThan(2);
    process.kill(main, "SIGKILL");
    await expect(never).rejects.toThrow(/closed/);
    expect(await lease.ended).toBe("browser-crashed");
    lease.release();
    const next = await pool.acquire({ ...request, browser: kind });
    expect(next.instance).not.toBe(lease.instance);
    expect(await ask(next)).toBe(42);
    expect(pool.status().retired).toEqual({ "browser-crashed": 1 });
    await expect.poll(() => areThere(tree), patience).toEqual([]);
    await client.close();
    await pool.close();
    await expectNothingLeft();
  });
});

test("200 tasks through a pool of two: memory stays flat, nothing is left over", { timeout: 300_000 }, async (context) => {
  const growth_bytes = 256 * 1024 ** 2;
  const limits = { browsers: 2, tasks: 1000, idle_ms: 300_000, growth_bytes };
  const pool = poolOf([realBrowser(context, "chromium"), realBrowser(context, "firefox")], limits);
  const slot = async (kind: string, tasks: number) => {
    for (let task = 0; task < tasks; task += 1) {
      const lease = await pool.acquire({ ...request, browser: kind });
      expect(await ask(lease)).toBe(42);
      lease.release();
    }
  };
  /** Of the browsers of a kind that stay, while none has a task: what pages take at a moment says nothing of what is kept. */
  const atRest_bytes = async () => {
    await pool.measure();
    const ready = pool.status().instances.filter(({ state }) => state === "ready");
    const of = (kind: string) =>
      ready.reduce((sum, { memory_bytes = 0, ...one }) => sum + (one.kind === kind ? memory_bytes : 0), 0);
    return { chromium: of("chromium"), firefox: of("firefox") };
  };
  await Promise.all(kinds.map((kind) => slot(kind, 1)));
  const fresh = await atRest_bytes();
  expect(Math.min(fresh.chromium, fresh.firefox)).toBeGreaterThan(50_000_000);
  for (const tasks of [24, 25, 25, 25]) {
    await Promise.all(kinds.flatMap((kind) => [slot(kind, Math.ceil(tasks / 2)), slot(kind, Math.floor(tasks / 2))]));
    // Firefox gives back what a context had, some 10 MB, only after a long rest: at the end of its growth another takes its place.
    expect((await atRest_bytes()).firefox, JSON.stringify(fresh)).toBeLessThan(1.5 * fresh.firefox + growth_bytes);
    // Chromium does so at once; a process that it keeps for the next page may have come since.
    await expect.poll(async () => (await atRest_bytes()).chromium, patience).toBeLessThan(fresh.chromium + growth_bytes / 2);
  }
  const { started, leased, retired, waiting, instances } = pool.status();
  expect({ leased, waiting }).toEqual({ leased: 200, waiting: 0 });
  expect(Object.keys(retired).filter((reason) => reason !== "memory")).toEqual([]);
  // One that went when there was nothing left to do for its kind is not replaced: none was started but those that stay or were to go.
  const gone = Object.values(retired).reduce((sum, count) => sum + count, 0);
  const staying = instances.filter(({ state }) => state === "ready").length;
  expect(started, JSON.stringify({ retired, instances })).toBe(staying + gone);
  expect(started, JSON.stringify(retired)).toBeLessThanOrEqual(2 + (retired.memory ?? 0));
  await pool.close();
  await expectNothingLeft();
});

test("a browser that has served its number of tasks is replaced, and one that is not needed makes room for another kind", async (context) => {
  const pool = poolOf([realBrowser(context, "chromium"), realBrowser(context, "firefox")], { browsers: 1, tasks: 2 });
  const instances: string[] = [];
  for (const kind of ["chromium", "chromium", "chromium", "firefox"]) {
    const lease = await pool.acquire({ ...request, browser: kind });
    instances.push(lease.instance);
    expect(await ask(lease)).toBe(42);
    lease.release();
  }
  expect(new Set(instances).size).toBe(3);
  expect(instances[0]).toBe(instances[1]);
  expect(pool.status().retired).toEqual({ tasks: 1, evicted: 1 });
});

test("a page that lost its renderer leaves Chromium as it is; a GPU adapter that is gone retires it", async (context) => {
  const pool = poolOf([realBrowser(context, "chromium")]);
  const lease = await pool.acquire({ ...request, browser: "chromium", gpu: true });
  const client = await connect(lease);
  const page = await (await client.newContext()).newPage();
  const main = mainProcess(markedProcesses(`${await ownMark()}${lease.instance}`));
  const renderers = processesWith(processTree(main), /--type=renderer/);
  expect(renderers.length).toBeGreaterThan(0);
  const crashed = page.waitForEvent("crash");
  for (const pid of renderers) process.kill(pid, "SIGKILL");
  await crashed;
  expect(await (await (await client.newContext()).newPage()).evaluate(() => 1)).toBe(1);
  expect(lease.noteAdapter(true)).toBeUndefined();
  expect(lease.noteAdapter(false)).toBe("gpu-process-lost");
  await client.close();
  lease.release();
  expect((await pool.acquire({ ...request, browser: "chromium" })).instance).not.toBe(lease.instance);
  await expect.poll(() => areThere([main, ...renderers]), patience).toEqual([]);
});
