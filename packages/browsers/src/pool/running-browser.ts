import { setTimeout as wait } from "node:timers/promises";
import type { BrowserServer } from "playwright-core";
import { guardGroup, memoryKills, signalProcessGroup } from "@shardwright/runners";
import type { BrowserLauncher, DetectedBrowser, LaunchOptions } from "../browser.ts";
import { makeBrowserFolder, markFor, markVariable, noteProfile, removeBrowserFolder } from "./folders.ts";
import { runsInGroup } from "./processes.ts";

/** How long killed processes may take to go, and how often they are looked at. */
const goneLimit_ms = 2000;
const goneTurn_ms = 20;

export interface StartOptions {
  readonly browser: DetectedBrowser;
  readonly launcher: BrowserLauncher;
  readonly launch: Omit<LaunchOptions, "environment" | "artifacts" | "timeout_ms" | "signal">;
  /** Whose it is, as `ownerName` has it. */
  readonly owner: string;
  readonly instance: string;
  readonly timeout_ms: number;
}

/** How a browser ended that was not asked to. */
export interface Gone {
  readonly outOfMemory: boolean;
}

/** A browser that runs in processes of its own, and a folder of its own. */
export interface RunningBrowser {
  /** Undefined where it is not known. */
  readonly pid: number | undefined;
  readonly wsEndpoint: string;
  /** Resolves when it has ended without having been asked. */
  readonly gone: Promise<Gone>;
  /** Asks it to end, makes it after `close_ms`, and removes what it leaves. Never throws; safe to call more than once. */
  end(close_ms: number): Promise<void>;
}

/** @throws ShardwrightError `browser-unusable`; whatever keeps its folder from being made */
export async function startBrowser(options: StartOptions): Promise<RunningBrowser> {
  const { browser, launcher, launch, owner, instance, timeout_ms } = options;
  const folder = await makeBrowserFolder(owner, instance);
  let server: BrowserServer;
  try {
    server = await launcher.serve(browser, {
      ...launch,
      timeout_ms,
      artifacts: folder.artifacts,
      environment: {
        [markVariable]: markFor(owner, instance),
        ...(folder.temporary !== undefined && { TMPDIR: folder.temporary, TMP: folder.temporary, TEMP: folder.temporary }),
      },
    });
  } catch (error) {
    await removeBrowserFolder(folder.path);
    throw error;
  }
  const running = watch(server, folder.path);
  // Without the note its profile stays behind where it and this process are both killed, and no more than that.
  await noteProfile(folder, server.process().spawnargs).catch(() => {});
  return running;
}

function watch(server: BrowserServer, folder: string): RunningBrowser {
  const { pid } = server.process();
  const hasGroup = process.platform !== "win32" && pid !== undefined;
  // Firefox would stay for ever when this process is killed.
  const unguard = hasGroup ? guardGroup(pid, "at once") : () => {};
  const killsBefore = memoryKills();
  const { promise: gone, resolve: tell } = Promise.withResolvers<Gone>();
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  let ending: Promise<void> | undefined;
  const clearUp = async () => {
    if (hasGroup) {
      signalProcessGroup(pid, "SIGKILL");
      await untilGone(pid);
    }
    unguard();
    await removeBrowserFolder(folder);
  };
  server.on("close", () => {
    close();
    if (ending !== undefined) return;
    const outOfMemory = killsBefore !== undefined && (memoryKills() ?? 0) > killsBefore;
    ending = clearUp();
    tell({ outOfMemory });
  });
  const end = async (close_ms: number) => {
    const timer = setTimeout(() => void server.kill().catch(() => {}), close_ms);
    // One that cannot be asked is gone or has to be made.
    server.close().catch(() => {});
    const late = setTimeout(close, 2 * close_ms);
    await closed;
    clearTimeout(timer);
    clearTimeout(late);
    await clearUp();
  };
  return {
    pid,
    wsEndpoint: server.wsEndpoint(),
    gone,
    end: (close_ms) => (ending ??= end(close_ms)),
  };
}

/** What was killed takes a moment to go, and writes into its folder until then. */
async function untilGone(group: number): Promise<void> {
  for (let waited_ms = 0; waited_ms < goneLimit_ms; waited_ms += goneTurn_ms) {
    if (!(await runsInGroup(group))) return;
    await wait(goneTurn_ms);
  }
}
