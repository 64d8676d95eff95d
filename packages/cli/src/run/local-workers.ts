import type { ChildProcess } from "node:child_process";
import { hostname } from "node:os";
import { reasonOf } from "@shardwright/core";
import type { Runner } from "@shardwright/runners";
import type { Anticipation, WorkerHandle } from "@shardwright/worker";
import type { CoordinatorAccess } from "../config/failover.ts";

export interface LocalWorkers {
  /** Ends them all when the run is over: their test processes tear down what they set up. */
  finish(): Promise<void>;
  /** Ends them all; running tests are stopped. */
  stop(): Promise<void>;
  /** Has them look for browsers and offer those that start; resolves when those inside this process have told their coordinator. */
  offerBrowsers(): Promise<void>;
  /** Processes by worker name, where the workers are processes. */
  readonly processes: ReadonlyMap<string, ChildProcess>;
  /** Resolves with the reason when the last of them has ended by itself and none takes its place. */
  readonly gone: Promise<string>;
}

/** Workers whose coordinator is still to come. */
export interface PreparedWorkers {
  start(access: CoordinatorAccess): Promise<LocalWorkers>;
  /** In place of starting them. */
  close(): Promise<void>;
}

export interface LocalWorkersOptions {
  readonly count: number;
  /** What their names begin with: unique among the workers of the coordinator. */
  readonly prefix: string;
  readonly runners: ReadonlyMap<string, Runner>;
  /** They take work of this run alone: another one's leftovers are not theirs to do. */
  readonly run?: string;
  /** What they will be given; workers inside this process prepare for it. */
  readonly anticipate?: Anticipation;
  /** The configuration file, for workers that are processes: they load its plugins, too. */
  readonly config: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly say: (line: string) => void;
  /** Aborted when their coordinator has failed for good: ends their start. */
  readonly signal: AbortSignal;
  /** How long those inside this process wait, when they start, for a coordinator that does not answer; for ever when absent. */
  readonly registerWithin_ms?: number;
  /** How long those inside this process may take, when they end, to deliver their results. */
  readonly flushTimeout_ms?: number;
}

/** Test processes end politely within ten seconds or by force; their worker waits for that, and says good-bye. */
export const finishPatience_ms = 15_000;

/** This machine's name as a worker may bear it. */
export function machineName(): string {
  const name = hostname()
    .replaceAll(/[^\p{L}\p{N}._-]/gu, "-")
    .replace(/^[^\p{L}\p{N}]+/u, "")
    .slice(0, 64);
  return name === "" ? "worker" : name;
}

/** Workers of one slot each inside this process: the quickest to start. */
export async function startInProcess(options: LocalWorkersOptions & CoordinatorAccess): Promise<LocalWorkers> {
  const prepared = await prepareInProcess(options);
  return prepared.start(options);
}

/** Resolves when the sessions for what is anticipated are being opened. */
export async function prepareInProcess(options: LocalWorkersOptions): Promise<PreparedWorkers> {
  const { prepareWorker } = await import("@shardwright/worker");
  const preparing = Array.from({ length: options.count }, (_, index) => {
    const name = `${options.prefix}${index + 1}`;
    return prepareWorker({
      name,
      slots: 1,
      detect: "quick",
      firstSlot: index,
      ...(options.run === undefined ? {} : { run: options.run }),
      ...(options.anticipate === undefined ? {} : { anticipate: options.anticipate }),
      registerWithin_ms: options.registerWithin_ms,
      ...(options.flushTimeout_ms === undefined ? {} : { flushTimeout_ms: options.flushTimeout_ms }),
      runners: options.runners,
      environment: options.environment,
      signal: options.signal,
      say: (line, { level }) => {
        if (level !== "info") options.say(`${name}: ${line}`);
      },
    });
  });
  const prepared = await Promise.all(preparing);
  return {
    start: (access) =>
      together(
        options,
        prepared.map((worker) => worker.start(access)),
      ),
    async close() {
      await Promise.all(prepared.map((worker) => worker.close()));
    },
  };
}

/** Workers that all run, or none. */
async function together(options: LocalWorkersOptions, starting: readonly Promise<WorkerHandle>[]): Promise<LocalWorkers> {
  const settled = await Promise.allSettled(starting);
  const workers = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  let stopping = false;
  const stop = async () => {
    stopping = true;
    await Promise.all(workers.map((worker) => worker.stop()));
  };
  const failure = settled.find((result) => result.status === "rejected");
  if (failure !== undefined) {
    await stop();
    throw failure.reason;
  }
  const { promise: gone, resolve: tellGone } = Promise.withResolvers<string>();
  let left = workers.length;
  const onEnd = (why: string) => {
    left -= 1;
    if (left === 0 && !stopping) tellGone(why);
  };
  for (const { name, done } of workers)
    done.then(
      (end) => onEnd(`${name} ${end}`),
      (error: unknown) => {
        options.say(`Worker ${name} gave up: ${reasonOf(error)}`);
        onEnd(`${name} gave up: ${reasonOf(error)}`);
      },
    );
  return {
    processes: new Map(),
    gone,
    async offerBrowsers() {
      const { findBrowsers } = await import("@shardwright/worker");
      try {
        // They are on one machine: it is asked once.
        const offers = await findBrowsers(options.environment, options.signal);
        await Promise.all(workers.map((worker) => worker.offer(offers)));
      } catch (error) {
        options.say(`Browsers are not offered: ${reasonOf(error)}`);
      }
    },
    async finish() {
      stopping = true;
      const timer = setTimeout(() => void stop(), finishPatience_ms);
      await Promise.all(workers.map((worker) => worker.drain()));
      clearTimeout(timer);
    },
    stop,
  };
}
