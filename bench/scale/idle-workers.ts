import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "../../packages/client/src/index.ts";
import { register } from "../by-hand.ts";
import type { CoordinatorProcess } from "../coordinator-process.ts";

export interface IdleWorkers {
  /** Resolves when together they have as many tasks as they are. */
  readonly dealt: Promise<void>;
  /** @returns the share of a core that `spent_ms` says was used while they waited */
  readonly rest: (duration_ms: number, spent_ms: () => Promise<number>) => Promise<number>;
  readonly stop: () => Promise<void>;
}

/** Workers that come at the same time. */
const atOnce = 50;
const poll_ms = 60_000;
const patience_ms = 60_000;

/** Registers so many workers, each with connections of its own; resolves when all polls and streams stand. */
export async function idleWorkers({ address, apiKey }: CoordinatorProcess, count: number): Promise<IdleWorkers> {
  const over = new AbortController();
  const { signal } = over;
  const dealt = Promise.withResolvers<void>();
  let tasks = 0;
  const ignoreEnd = (error: unknown) => {
    if (!signal.aborted) dealt.reject(error);
  };
  // A failure before anybody waits for it must not end the process.
  dealt.promise.catch(() => {});
  const clients: ReturnType<typeof createClient>[] = [];
  const start = async (index: number) => {
    const client = createClient({ addresses: [address], apiKey });
    clients.push(client);
    const { worker, heartbeat_ms } = await register(client, `idle-${index}`, 1);
    const watch = async () => {
      for await (const told of client.signals(worker, { signal })) if (told.type === "drain") return;
    };
    const beat = async () => {
      // Spread, as those of machines are.
      await pause((heartbeat_ms * index) / count, undefined, { signal });
      for (; ; await pause(heartbeat_ms, undefined, { signal }))
        await client.heartbeat(worker, { fences: [], draining: false }, { signal });
    };
    const poll = async () => {
      for (let has = 0; has === 0;) {
        const { leases } = await client.lease(worker, { slots: 1, wait_ms: poll_ms }, { signal });
        for (const lease of leases) has += lease.tasks.length;
        tasks += has;
      }
      if (tasks >= count) dealt.resolve();
    };
    for (const part of [watch, beat, poll]) void part().catch(ignoreEnd);
  };
  const stop = async () => {
    over.abort();
    await Promise.all(clients.map((client) => client.close()));
  };
  try {
    for (let from = 0; from < count; from += atOnce)
      await Promise.all(Array.from({ length: Math.min(atOnce, count - from) }, (_, index) => start(from + index)));
    await untilAllPoll(address, apiKey, count);
  } catch (error) {
    await stop();
    throw error;
  }
  const rest: IdleWorkers["rest"] = async (duration_ms, spent_ms) => {
    const began_ms = performance.now();
    await pause(duration_ms);
    return (await spent_ms()) / (performance.now() - began_ms);
  };
  return { dealt: dealt.promise, rest, stop };
}

async function untilAllPoll(address: string, apiKey: string, count: number): Promise<void> {
  for (const began_ms = performance.now(); performance.now() - began_ms < patience_ms; await pause(200)) {
    const response = await fetch(`${address}/metrics`, { headers: { authorization: `Bearer ${apiKey}` } });
    if ((await response.text()).includes(`shardwright_polls ${count}\n`)) return;
  }
  throw new Error(`not all of ${count} workers wait after ${patience_ms / 1000} s`);
}
