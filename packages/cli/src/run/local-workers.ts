import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { reasonOf } from "@shardwright/core";
import type { Runner } from "@shardwright/runners";
import type { Anticipation } from "@shardwright/worker";

export interface LocalWorkers {
  /** Ends them all when nothing runs any more: what test processes set up for all files is torn down. */
  finish(): Promise<void>;
  /** Ends them all; running tests are stopped. */
  stop(): Promise<void>;
  /** Processes by worker name, where the workers are processes. */
  readonly processes: ReadonlyMap<string, ChildProcess>;
}

export interface LocalWorkersOptions {
  readonly address: string;
  readonly apiKey: string;
  readonly count: number;
  readonly runners: ReadonlyMap<string, Runner>;
  /** They take work of this run alone: another one's leftovers are not theirs to do. */
  readonly run?: string;
  /** What they will be given; workers inside this process prepare for it. */
  readonly anticipate?: Anticipation;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly say: (line: string) => void;
  /** Aborted when their coordinator has failed for good: ends their start. */
  readonly signal: AbortSignal;
  /** How long those inside this process may take, when they end, to deliver their results. */
  readonly flushTimeout_ms?: number;
}

const nameOf = (index: number) => `local-${index + 1}`;

/** Workers of one slot each inside this process: the quickest to start. */
export async function startInProcess(options: LocalWorkersOptions): Promise<LocalWorkers> {
  const { startWorker } = await import("@shardwright/worker");
  const starting = Array.from({ length: options.count }, (_, index) =>
    startWorker({
      addresses: [options.address],
      apiKey: options.apiKey,
      name: nameOf(index),
      slots: 1,
      detect: "quick",
      firstSlot: index,
      ...(options.run === undefined ? {} : { run: options.run }),
      ...(options.anticipate === undefined ? {} : { anticipate: options.anticipate }),
      ...(options.flushTimeout_ms === undefined ? {} : { flushTimeout_ms: options.flushTimeout_ms }),
      runners: options.runners,
      environment: options.environment,
      signal: options.signal,
      say: (line, { level }) => {
        if (level !== "info") options.say(`${nameOf(index)}: ${line}`);
      },
    }),
  );
  let workers;
  try {
    workers = await Promise.all(starting);
  } catch (error) {
    // Those that did start would keep this process alive.
    const outcomes = await Promise.allSettled(starting);
    await Promise.all(outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value.stop()] : [])));
    throw error;
  }
  for (const worker of workers)
    worker.done.catch((error: unknown) => options.say(`Worker ${worker.name} gave up: ${reasonOf(error)}`));
  return {
    processes: new Map(),
    async finish() {
      const timer = setTimeout(() => workers.forEach((worker) => void worker.stop()), finishPatience_ms);
      await Promise.all(workers.map((worker) => worker.drain()));
      clearTimeout(timer);
    },
    async stop() {
      await Promise.all(workers.map((worker) => worker.stop()));
    },
  };
}

/** Test processes end politely within ten seconds or by force; their worker waits for that, and says good-bye. */
const finishPatience_ms = 15_000;
const stopPatience_ms = 3000;

/** How many workers that died are replaced, for each that was asked for. */
const replacementsPerWorker = 3;

/** Workers as processes of their own, as a fleet has them; one that dies is replaced. */
export function startProcesses(options: LocalWorkersOptions): LocalWorkers {
  const processes = new Map<string, ChildProcess>();
  const program = fileURLToPath(new URL("../../bin/shardwright.mjs", import.meta.url));
  let replacements = options.count * replacementsPerWorker;
  let made = 0;
  let stopping = false;
  const start = (slot: number) => {
    const name = nameOf(made);
    made += 1;
    const child = spawn(
      process.execPath,
      [
        program,
        "worker",
        "--name",
        name,
        "--slots",
        "1",
        "--first-slot",
        String(slot),
        ...(options.run === undefined ? [] : ["--run", options.run]),
      ],
      {
        env: { ...options.environment, SHARDWRIGHT_COORDINATOR: options.address, SHARDWRIGHT_API_KEY: options.apiKey },
        // By the channel it learns that this process has ended, however that came.
        stdio: ["ignore", "ignore", "pipe", "ipc"],
      },
    );
    processes.set(name, child);
    let lastWords = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      lastWords = (lastWords + chunk.toString("utf8")).slice(-500);
    });
    child.once("exit", (code, signal) => {
      processes.delete(name);
      if (stopping) return;
      const why =
        signal === null ? `exited with code ${code}${lastWords === "" ? "" : `: ${lastWords.trim()}`}` : `was ended by ${signal}`;
      const replaced = replacements > 0;
      options.say(`Worker ${name} ${why}; ${replaced ? `${nameOf(made)} takes its place` : "it is not replaced any more"}.`);
      if (!replaced) return;
      replacements -= 1;
      start(slot);
    });
  };
  for (let index = 0; index < options.count; index += 1) start(index);
  return {
    processes,
    finish: () => end(finishPatience_ms),
    stop: () => end(stopPatience_ms),
  };

  async function end(patience_ms: number): Promise<void> {
    stopping = true;
    const exits = [...processes.values()].map((child) => new Promise((resolve) => child.once("exit", resolve)));
    for (const child of processes.values()) child.kill("SIGTERM");
    const timer = setTimeout(() => {
      for (const child of processes.values()) child.kill("SIGKILL");
    }, patience_ms);
    await Promise.all(exits);
    clearTimeout(timer);
  }
}
