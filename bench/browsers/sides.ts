import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { BrowserPool, chromiumSwitches, type DetectedBrowser, playwrightLauncher } from "@shardwright/browsers";
import { playwright, runTogether } from "../commands.ts";
import type { HostRequest } from "./host.ts";
import { testFile } from "./page.ts";

export interface Scene {
  readonly browser: DetectedBrowser;
  readonly url: string;
  readonly slots: number;
}

/**
 * One process for each slot, which takes from the tasks that are left.
 * @param passed told after each task
 * @throws Error for a task that does not pass
 */
async function inHosts(
  { slots, browser, url }: Scene,
  tasks: number,
  { lend, passed }: { readonly lend?: BrowserPool; readonly passed?: () => void } = {},
): Promise<void> {
  let left = tasks;
  const slot = async () => {
    const host = spawn(process.execPath, [join(import.meta.dirname, "host.ts")], { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface(host.stdout)[Symbol.asyncIterator]();
    const ended = new Promise((resolve) => host.once("exit", resolve));
    try {
      while (left > 0) {
        left -= 1;
        const lease = await lend?.acquire({ browser, gpu: false, timeout_ms: 60_000 });
        const request: HostRequest = { browser, url, ...(lease !== undefined && { wsEndpoint: lease.wsEndpoint }) };
        host.stdin.write(`${JSON.stringify(request)}\n`);
        const answer = await lines.next();
        lease?.release();
        if (answer.value !== "passed")
          throw new Error(`a task ${answer.done === true ? "took its process along" : answer.value}`);
        passed?.();
      }
      host.stdin.end();
      await ended;
    } finally {
      host.kill();
    }
  };
  await Promise.all(Array.from({ length: slots }, slot));
}

/** What a side took for all its tasks. */
export interface Taken {
  readonly wall_ms: number;
  /** Of this process and all that ended in it, which says what a busy machine's clock does not; undefined where nobody tells. */
  readonly processor_ms: number | undefined;
  /** A second, once as many tasks have passed as there are slots; of the pool alone. */
  readonly warmRate?: number;
}

export async function timed(work: () => Promise<void>): Promise<Taken> {
  const began_ms = performance.now();
  const before_ms = processorTime_ms();
  await work();
  const after_ms = processorTime_ms();
  const processor_ms = before_ms === undefined || after_ms === undefined ? undefined : after_ms - before_ms;
  return { wall_ms: performance.now() - began_ms, processor_ms };
}

/** See proc_pid_stat(5): fields 14 to 17, in ticks of 10 ms. */
function processorTime_ms(): number | undefined {
  if (process.platform !== "linux") return undefined;
  const stat = readFileSync("/proc/self/stat", "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return 10 * fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
}

/** From the first process to the last one's end, browsers included. */
export async function throughPool(scene: Scene, tasks: number): Promise<Taken> {
  const passed_ms: number[] = [];
  const taken = await timed(async () => {
    const pool = new BrowserPool({ browsers: [scene.browser], launcher: playwrightLauncher });
    try {
      await inHosts(scene, tasks, { lend: pool, passed: () => passed_ms.push(performance.now()) });
    } finally {
      await pool.close();
    }
  });
  const [warm_ms = 0] = passed_ms.slice(scene.slots - 1);
  return { ...taken, warmRate: (1000 * (tasks - scene.slots)) / ((passed_ms.at(-1) ?? 0) - warm_ms) };
}

/** The same processes, which start a browser for each task. */
export function freshEach(scene: Scene, tasks: number): Promise<Taken> {
  return timed(() => inHosts(scene, tasks));
}

/**
 * Playwright's own runner, with as many workers, one file for each task.
 * @param keeps a picture and a trace of what fails, as our runner does
 */
export async function byPlaywright({ browser, url, slots }: Scene, tasks: number, keeps = false): Promise<Taken> {
  const cwd = mkdtempSync(join(tmpdir(), "bench-browsers-"));
  try {
    symlinkSync(dirname(dirname(dirname(playwright))), join(cwd, "node_modules"));
    writeFileSync(join(cwd, "package.json"), JSON.stringify({ type: "module" }));
    for (let task = 0; task < tasks; task += 1) writeFileSync(join(cwd, `${task}.spec.js`), testFile(url));
    const isFirefox = browser.engine === "firefox";
    const use = {
      browserName: browser.engine,
      ...(keeps && { trace: "retain-on-failure", screenshot: "only-on-failure" }),
      ...(isFirefox && { channel: "moz-firefox" }),
      // With the switches that the pool gives its browsers.
      launchOptions: { executablePath: browser.executable, ...(!isFirefox && { args: chromiumSwitches({}) }) },
    };
    const configuration = { testDir: ".", workers: slots, fullyParallel: true, reporter: "line", retries: 0, use };
    writeFileSync(join(cwd, "playwright.config.js"), `export default ${JSON.stringify(configuration)};\n`);
    return await timed(async () => {
      const { code, output } = await runTogether([{ program: process.execPath, args: [playwright, "test"], cwd }]);
      if (code !== 0 || !output.includes(`${tasks} passed`)) throw new Error(`Playwright's runner: ${output.slice(-800)}`);
    });
  } finally {
    rmSync(cwd, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** What one more context with a page adds to a browser that has one. @returns bytes; undefined where nobody tells */
export async function memoryOfContext({ browser, url }: Scene, contexts: number): Promise<number | undefined> {
  const playwrightCore = await import("playwright-core");
  const pool = new BrowserPool({ browsers: [browser], launcher: playwrightLauncher, limits: { leases: contexts } });
  try {
    const measured: (number | undefined)[] = [];
    const lease = await pool.acquire({ browser, gpu: false, timeout_ms: 60_000 });
    const client = await playwrightCore[browser.engine].connect(lease.wsEndpoint);
    for (let count = 1; count <= contexts; count += 1) {
      await (await (await client.newContext()).newPage()).goto(url);
      if (count > 1 && count < contexts) continue;
      await pool.measure();
      measured.push(pool.status().instances[0]?.memory_bytes);
    }
    await client.close();
    const [one, all] = measured;
    return one === undefined || all === undefined ? undefined : (all - one) / (contexts - 1);
  } finally {
    await pool.close();
  }
}
