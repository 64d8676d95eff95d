import { pause, type Client } from "@shardwright/client";
import { ShardwrightError, type WorkerSignal } from "@shardwright/core";
import type { Link } from "./link.ts";

export interface SignalsOptions {
  readonly client: Client;
  readonly link: Link;
  readonly signal: AbortSignal;
  readonly onSignal: (signal: WorkerSignal) => void;
}

/** A coordinator that ends the stream as soon as it stands must not be asked in a tight loop. */
const shortestStream_ms = 500;

/**
 * Listens to what the coordinator says without being asked, until aborted. Nothing depends on it: heartbeats bring the same, later.
 * @throws ShardwrightError when the coordinator no longer lets this worker speak.
 */
export async function listen({ client, link, signal, onSignal }: SignalsOptions): Promise<void> {
  while (true) {
    const began = performance.now();
    await link.call(async (worker) => {
      let stands: number | undefined;
      const onOpen = () => void (stands = performance.now());
      try {
        for await (const message of client.signals(worker, { retry: false, signal, onOpen })) onSignal(message);
      } catch (error) {
        // A stream that breaks after it stood for a while is taken up again at once; trouble of the connection shows in other calls.
        if (!(error instanceof ShardwrightError) || error.code !== "coordinator-unreachable") throw error;
        if (stands === undefined || performance.now() - stands < shortestStream_ms) throw error;
      }
    }, signal);
    await pause(Math.max(0, shortestStream_ms - (performance.now() - began)), signal);
  }
}
