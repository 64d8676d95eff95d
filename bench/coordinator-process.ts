import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shardwright } from "./commands.ts";

/** What a coordinator's process has used so far. */
interface Usage {
  readonly heap_bytes: number;
  readonly rss_bytes: number;
  readonly peak_bytes: number;
  readonly cpu_ms: number;
  /** The longest that its loop did nothing else for, since that was last reset. */
  readonly stall_ms: number;
  /** The most processor time that it took between two looks at its loop, 5 ms apart where nothing holds it, since that was last reset. */
  readonly held_ms: number;
}

export interface CoordinatorProcess {
  readonly address: string;
  readonly apiKey: string;
  /** What it keeps on its disk. */
  readonly stateDir: string;
  /** @param options `collect`: after a full collection, so that the heap is what is kept; `reset`: of stalls, only later ones count from here on */
  usage(options?: { readonly collect?: boolean; readonly reset?: boolean }): Promise<Usage>;
  /** Ends it and removes what it kept. */
  readonly stop: () => Promise<void>;
}

/** How long it may take to start, to answer and to end. */
const patience_ms = 30_000;

/** Starts the program as a process of its own, on loopback and with its defaults, with all it keeps in a temporary folder. */
export async function startCoordinatorProcess(): Promise<CoordinatorProcess> {
  const stateDir = mkdtempSync(join(tmpdir(), "bench-coordinator-"));
  const apiKey = randomBytes(32).toString("hex");
  const probe = join(import.meta.dirname, "usage-probe.mjs");
  const args = ["--expose-gc", "--import", probe, shardwright, "coordinator", "--port", "0", "--state-dir", stateDir];
  const child = spawn(process.execPath, args, {
    cwd: stateDir,
    env: { ...process.env, SHARDWRIGHT_ADMIN_TOKEN: apiKey },
    stdio: ["ignore", "pipe", "ignore", "ipc"],
  });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), patience_ms);
      await gone;
      clearTimeout(timer);
    }
    rmSync(stateDir, { recursive: true, force: true });
  };
  try {
    const usage = ({ collect = false, reset = false } = {}) => askUsage(child, collect, reset);
    return { address: await addressOf(child), apiKey, stateDir, usage, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function addressOf(child: ChildProcess): Promise<string> {
  let output = "";
  return inTime(child, "start", (resolve) =>
    child.stdout?.on("data", (chunk: Buffer) => {
      output += chunk.toString("utf8");
      const address = /coordinator on (\S+)\n/.exec(output)?.[1];
      if (address !== undefined) resolve(address);
    }),
  );
}

function askUsage(child: ChildProcess, collect: boolean, reset: boolean): Promise<Usage> {
  return inTime(child, "answer", (resolve) => {
    child.once("message", (message) => resolve(message as Usage));
    child.send({ collect, reset });
  });
}

function inTime<T>(child: ChildProcess, what: string, begin: (resolve: (value: T) => void) => void): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const fail = () => reject(new Error(`the coordinator did not ${what} within ${patience_ms / 1000} s, or ended before`));
    const timer = setTimeout(fail, patience_ms);
    child.once("exit", fail);
    begin((value) => {
      clearTimeout(timer);
      child.off("exit", fail);
      resolve(value);
    });
  });
}
