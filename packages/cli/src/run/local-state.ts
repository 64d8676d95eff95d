import { mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "@shardwright/client";
import type { Plugins } from "@shardwright/plugin";
import type { Coordinator, CoordinatorOptions, SchedulerOptions } from "@shardwright/server";
import { randomBytes } from "node:crypto";
import { makeId, reasonOf, ShardwrightError } from "@shardwright/core";
import { writeWhole } from "./reporters.ts";
import { alertTitle } from "../trends/alert-lines.ts";
import { version } from "../version.ts";
import { requireStateDir } from "./state-dir.ts";
import { makeFolders } from "./make-folders.ts";

/**
 * Entries of the log after which a copy of the tables takes their place: what a run of a hundred files writes twenty times over. Each start
 * reads them all, 5 µs each.
 */
const logLimit_entries = 4000;

/** Cases of runs that a checkout keeps, of 2 KB each at most: nobody watches how much room it takes. */
const keptCases = 300_000;

/** In the workspace, for what runs leave behind. */
const ownFolder = ".shardwright";

/** A coordinator inside this process, listening on the loopback interface alone. */
export interface EmbeddedCoordinator {
  readonly address: string;
  readonly adminToken: string;
  /** Why history is not used this time, if it is not. */
  readonly notice: string | undefined;
  /** Resolves when it can no longer keep what it promises, which it never can again. */
  readonly failed: Promise<ShardwrightError>;
  close(): Promise<void>;
}

/**
 * Starts the coordinator of a run that was given none. Its state, and with it the history of durations, stays in the workspace; a
 * second run at the same time gets a state of its own for once, so that neither waits for the other.
 * @param run the id that the next new run is given
 * @param plugins closed by whoever has set them up
 * @param traces where its trace is to be sent, which closing waits for a short while
 */
export async function startEmbedded(
  stateDir: string,
  run: string,
  scheduler: Partial<SchedulerOptions>,
  plugins: Plugins,
  traces?: CoordinatorOptions["traces"],
): Promise<EmbeddedCoordinator> {
  // Loaded here and not above: the other commands, and the start of this one, need none of it.
  const { startCoordinator } = await import("@shardwright/server");
  const adminToken = randomBytes(32).toString("hex");
  let isGiven = false;
  const giveRun = () => {
    isGiven = true;
    return run;
  };
  const start = (directory: string): Promise<Coordinator> =>
    startCoordinator({
      stateDir: directory,
      host: "127.0.0.1",
      port: 0,
      durability: "relaxed",
      log: "silent",
      // Its address is known to this process alone.
      metrics: false,
      // Nobody is left to run it when the command has ended.
      confirmsTrends: false,
      isAlone: true,
      cluster: { logLimit_entries },
      keptCases,
      adminToken,
      scheduler,
      plugins,
      version,
      ...(traces !== undefined && { traces }),
      newId: (prefix) => (prefix === "r" && !isGiven ? giveRun() : makeId(prefix, randomBytes(16))),
      cancelOpenRuns: "the command that ran it ended before it did",
    });
  try {
    prepareDirectory(stateDir);
    const coordinator = await start(stateDir);
    const { address, failed } = coordinator;
    return { address, adminToken, notice: undefined, failed, close: () => coordinator.close({ drain_ms: 1000 }) };
  } catch (error) {
    if (!isWorthAnotherPlace(error)) throw error;
    const temporary = mkdtempSync(join(tmpdir(), "shardwright-state-"));
    const coordinator = await start(temporary);
    return {
      address: coordinator.address,
      adminToken,
      failed: coordinator.failed,
      notice: `History of durations is not used this time: ${reasonOf(error)}`,
      async close() {
        await coordinator.close({ drain_ms: 1000 });
        await rm(temporary, { recursive: true, force: true });
      },
    };
  }
}

/**
 * A read-only workspace and a second run at the same time are no reasons not to test; a damaged or newer database must be seen, and so
 * must a disk that has no room for the reports either.
 */
function isWorthAnotherPlace(error: unknown): boolean {
  if (error instanceof ShardwrightError && error.code === "database-in-use") return true;
  for (let each = error; each instanceof Error; each = each.cause) {
    const { code } = each as NodeJS.ErrnoException;
    if (code === "EROFS" || code === "EACCES" || code === "EPERM") return true;
  }
  return false;
}

function prepareDirectory(stateDir: string): void {
  try {
    requireStateDir(stateDir);
    const parent = join(stateDir, "..");
    if (parent.endsWith(ownFolder)) keepOutOfCommits(parent);
  } catch (error) {
    if (error instanceof ShardwrightError) throw error;
    throw new ShardwrightError("state-unwritable", { path: stateDir, reason: reasonOf(error) }, { cause: error });
  }
}

/** Keeps the state out of the user's commits without asking for a line in their own file. */
export function keepOutOfCommits(folder: string): void {
  writeFileSync(join(folder, ".gitignore"), "*\n");
}

/** What is not judged in this time is when the state is next used. */
const judging_ms = 5000;

/** Looks for changes in what the run measured, as a coordinator that stays would do after it, and says what is new. @param since_ms when the run began */
export async function judgeTrends(client: Client, project: string, since_ms: number, say: (line: string) => void): Promise<void> {
  try {
    await client.judgeTrends({ project, wait_ms: judging_ms });
    const { alerts } = await client.listAlerts({ project, state: "open", limit: 20 });
    for (const alert of alerts.filter(({ opened_at_ms }) => opened_at_ms >= since_ms)) say(alertTitle(alert));
  } catch {
    // The run is over, and its verdict stands; the next one looks again.
  }
}

/** Leaves the durations where `shardwright split` finds them when no coordinator runs. What goes wrong with it is no matter of the run's. */
export async function rememberTimings(client: Client, project: string, root: string): Promise<void> {
  try {
    const timings = await client.getTimings({ project });
    const folder = join(root, ownFolder);
    makeFolders(folder);
    keepOutOfCommits(folder);
    // Whole or not at all: another job may be reading it.
    writeWhole(join(folder, "timings.json"), `${JSON.stringify(timings, null, 1)}\n`);
  } catch {
    // A checkout that cannot be written to has no history; the run itself is none the worse for it.
  }
}
