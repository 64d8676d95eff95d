import { EventEmitter } from "node:events";
import type { BrowserServer } from "playwright-core";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import type { BrowserLauncher, DetectedBrowser, Engine } from "../browser.ts";
import type { BrowserLease } from "./lease.ts";
import { poolLimits } from "./limits.ts";
import { BrowserPool, type PoolOptions } from "./pool.ts";

const browserOf = (kind: Engine): DetectedBrowser => ({
  kind,
  engine: kind,
  channel: "stable",
  version: "1.0",
  executable: `/${kind}`,
});
const browsers = [browserOf("chromium"), browserOf("firefox")];

beforeEach(
  () => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] }),
);
afterEach(() => void vi.useRealTimers());

/** A place where no program is started: the pool's own part is what is looked at here. Real browsers are in `pool.thorough.test.ts`. */
class Servers implements BrowserLauncher {
  readonly started: { kind: string; executable: string; server: EventEmitter }[] = [];
  problem: Error | undefined;
  /** A program that does not start. */
  broken = "";

  launch(): never {
    throw new Error("the pool serves");
  }

  async serve({ kind, executable }: DetectedBrowser): Promise<BrowserServer> {
    if (this.problem !== undefined) throw this.problem;
    if (executable === this.broken) throw new Error(`${executable} is broken`);
    const server = new EventEmitter();
    const close = async () => void server.emit("close");
    this.started.push({ kind, executable, server });
    const wsEndpoint = `ws://${this.started.length}`;
    return Object.assign(server, {
      process: () => ({ pid: undefined, spawnargs: [] }),
      wsEndpoint: () => wsEndpoint,
      close,
      kill: close,
    }) as unknown as BrowserServer;
  }

  get kinds(): string[] {
    return this.started.map(({ kind }) => kind);
  }
}

function poolWith(limits: PoolOptions["limits"]) {
  const launcher = new Servers();
  const pool = new BrowserPool({ browsers, launcher, limits });
  onTestFinished(() => pool.close());
  const acquire = (browser: string, given: { gpu?: boolean; signal?: AbortSignal } = {}) =>
    pool.acquire({ browser, gpu: given.gpu === true, timeout_ms: 10_000, signal: given.signal });
  return { pool, launcher, acquire };
}

test("who asks for Firefox is not starved by those who ask for Chromium, and these have their turn again", async () => {
  const { pool, launcher, acquire } = poolWith({ browsers: 1, leases: 2, patience_ms: 1000 });
  const order: string[] = [];
  let left = 60;
  // Four that always want Chromium, in a browser that bears two of them.
  const slot = async () => {
    while (left > 0) {
      left -= 1;
      const lease = await acquire("chromium");
      order.push("chromium");
      await vi.advanceTimersByTimeAsync(100);
      lease.release();
    }
  };
  const chromium = Promise.all([slot(), slot(), slot(), slot()]);
  const firefox = acquire("firefox").then((lease) => {
    order.push("firefox");
    lease.release();
  });
  await Promise.all([chromium, firefox]);
  expect(order.filter((kind) => kind === "chromium")).toHaveLength(60);
  expect(order.indexOf("firefox")).toBeLessThan(30);
  expect(launcher.kinds).toEqual(["chromium", "firefox", "chromium"]);
  expect(pool.status().retired).toEqual({ evicted: 2 });
});

test("within a kind the first who came is the first who gets", async () => {
  const { acquire } = poolWith({ browsers: 1, leases: 1 });
  const order: number[] = [];
  const asked = [0, 1, 2, 3, 4].map(async (number) => {
    const lease = await acquire("chromium");
    order.push(number);
    lease.release();
  });
  await Promise.all(asked);
  expect(order).toEqual([0, 1, 2, 3, 4]);
});

test("who waits no longer is told so, and leaves the queue; a full queue takes nobody", async () => {
  const { pool, acquire } = poolWith({ browsers: 1, leases: 1, queue: 2 });
  const lease = await acquire("chromium");
  const abort = new AbortController();
  const cancelled = acquire("chromium", { signal: abort.signal });
  const late = acquire("chromium");
  await expect(acquire("chromium")).rejects.toMatchObject({ code: "browser-queue-full" });
  abort.abort(new Error("the task was cancelled"));
  await expect(cancelled).rejects.toThrow("the task was cancelled");
  const refused = expect(late).rejects.toMatchObject({ code: "browser-busy" });
  await vi.advanceTimersByTimeAsync(10_000);
  await refused;
  expect(pool.status().waiting).toBe(0);
  lease.release();
  await expect(acquire("edge")).rejects.toThrow("No edge can be used on this machine; its browsers are chromium, firefox.");
});

test("a lease that is held too long ends, once, and its browser with it", async () => {
  const { pool, acquire } = poolWith({ lease_ms: 60_000 });
  const lease = await acquire("chromium");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await lease.ended).toBe("expired");
  lease.release();
  expect(pool.status().retired).toEqual({ expired: 1 });
  const next = await acquire("chromium");
  expect(next.instance).not.toBe(lease.instance);
  await vi.waitFor(() => expect(pool.status().instances.map(({ leases }) => leases)).toEqual([1]));
});

test("a browser that nobody needs ends after a while; one that is used again stays", async () => {
  const { pool, acquire } = poolWith({ idle_ms: 60_000 });
  (await acquire("chromium")).release();
  await vi.advanceTimersByTimeAsync(59_000);
  (await acquire("chromium")).release();
  await vi.advanceTimersByTimeAsync(59_000);
  expect(pool.status().instances).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1000);
  await vi.waitFor(() => expect(pool.status().instances).toEqual([]));
  expect(pool.status().retired).toEqual({ idle: 1 });
});

test("a browser that ends by itself ends all its leases with that sign, and those who wait get another", async () => {
  const { pool, launcher, acquire } = poolWith({ browsers: 1, leases: 2 });
  const held: BrowserLease[] = [await acquire("chromium"), await acquire("chromium")];
  const waiting = acquire("chromium");
  launcher.started[0]?.server.emit("close");
  expect(await Promise.all(held.map(({ ended }) => ended))).toEqual(["browser-crashed", "browser-crashed"]);
  expect((await waiting).wsEndpoint).toBe("ws://2");
  expect(pool.status()).toMatchObject({ started: 2, leased: 3, retired: { "browser-crashed": 1 } });
});

test("a page that dies costs no browser, the third one does; what only another browser cures costs it at once", async () => {
  const { pool, acquire } = poolWith({ browsers: 2 });
  const lease = await acquire("chromium");
  expect([1, 2].map(() => lease.noteSign("renderer-crashed"))).toEqual(["new-page", "new-context"]);
  expect(pool.status().retired).toEqual({});
  expect(lease.noteSign("renderer-crashed")).toBe("new-browser");
  expect(pool.status().retired).toEqual({ "renderer-crashed": 1 });
  lease.release();
  const next = await acquire("chromium");
  expect(next.instance).not.toBe(lease.instance);
  expect(next.noteSign("gpu-process-lost")).toBe("new-browser");
  expect(pool.status().retired).toEqual({ "renderer-crashed": 1, "gpu-process-lost": 1 });
});

test("of a browser that does not start each who waits is told, and it is left alone for a while", async () => {
  const { launcher, acquire } = poolWith({});
  launcher.problem = new Error("no display");
  const asked = [acquire("chromium"), acquire("chromium"), acquire("chromium"), acquire("chromium")];
  expect(await Promise.allSettled(asked)).toEqual(asked.map(() => expect.objectContaining({ reason: launcher.problem })));
  launcher.problem = undefined;
  await expect(acquire("chromium")).rejects.toThrow("no display");
  expect((await acquire("firefox")).browser.kind).toBe("firefox");
  await vi.advanceTimersByTimeAsync(30_000);
  expect((await acquire("chromium")).browser.kind).toBe("chromium");
});

test("a pool that is closed ends what is leased, refuses who waits, and takes nobody", async () => {
  const { pool, acquire } = poolWith({ browsers: 1, leases: 1 });
  const lease = await acquire("chromium");
  const refused = expect(acquire("chromium")).rejects.toMatchObject({ code: "browser-pool-closed" });
  await pool.close();
  await refused;
  expect(await lease.ended).toBe("closed");
  await expect(acquire("chromium")).rejects.toMatchObject({ code: "browser-pool-closed" });
  expect(pool.status().instances).toEqual([]);
});

test("limits that are none are refused by their names", () => {
  expect(() => poolLimits({ browsers: 0 })).toThrow("the pool's browsers is a whole number from 1 to 64, not 0");
  expect(() => poolLimits({ gpuLeases: 5 })).toThrow("the pool's gpuLeases is a whole number from 1 to 4, not 5");
  expect(poolLimits({ leases: 2, queue: undefined })).toMatchObject({ leases: 2, queue: 1000, gpuLeases: 1 });
});

test("a lease knows whether it had the browser for itself, from its beginning to its end", async () => {
  const { acquire } = poolWith({ browsers: 1, leases: 3 });
  const first = await acquire("chromium");
  expect(first.isShared).toBe(false);
  const second = await acquire("chromium");
  expect([first.isShared, second.isShared]).toEqual([true, true]);
  second.release();
  expect(first.isShared).toBe(true);
  first.release();
  const third = await acquire("chromium");
  expect(third.isShared).toBe(false);
});

test("the headless shell is given to whom it will do; where it does not start, the browser is, and nobody fails for it", async () => {
  const [chromium = browserOf("chromium")] = browsers;
  const withShell = { ...chromium, headlessShell: "/shell" };
  const launcher = new Servers();
  const pool = new BrowserPool({ browsers: [withShell], launcher, limits: { browsers: 4 } });
  onTestFinished(() => pool.close());
  const acquire = async (gpu: boolean, shellWillDo: boolean) =>
    (await pool.acquire({ browser: "chromium", gpu, shellWillDo, timeout_ms: 10_000 })).browser.executable;
  expect(await acquire(false, true)).toBe("/shell");
  expect(await acquire(false, false)).toBe("/chromium");
  // The GPU is the whole browser's.
  expect(await acquire(true, true)).toBe("/chromium");
  expect(launcher.started.map(({ executable }) => executable)).toEqual(["/shell", "/chromium"]);

  const other = new Servers();
  other.broken = "/shell";
  const poolOfBroken = new BrowserPool({ browsers: [withShell], launcher: other });
  onTestFinished(() => poolOfBroken.close());
  const request = { browser: "chromium", gpu: false, shellWillDo: true, timeout_ms: 10_000 };
  const leases = await Promise.all([1, 2, 3].map(() => poolOfBroken.acquire(request)));
  expect(leases.map(({ browser }) => browser.executable)).toEqual(["/chromium", "/chromium", "/chromium"]);
  expect(other.kinds).toEqual(["chromium"]);
});
