import { pause, type Client } from "@shardwright/client";
import type { HeartbeatResponse } from "@shardwright/core";
import type { Link } from "./link.ts";

export interface HeartbeatOptions {
  readonly client: Client;
  readonly link: Link;
  /** In place of what the coordinator asks for, where it is shorter. */
  readonly interval_ms?: number | undefined;
  readonly signal: AbortSignal;
  /** What the worker holds, and whether it takes more. */
  readonly standing: () => { readonly fences: readonly number[]; readonly draining: boolean };
  readonly onAnswer: (answer: HeartbeatResponse) => void;
}

/** The most fences one heartbeat can name. */
const fenceLimit = 256;

/** Sends a heartbeat now. */
export async function beat({ client, link, signal, standing, onAnswer }: HeartbeatOptions): Promise<void> {
  const answer = await link.call((worker) => {
    const { fences, draining } = standing();
    return client.heartbeat(worker, { fences: fences.slice(0, fenceLimit), draining }, { retry: false, signal });
  }, signal);
  onAnswer(answer);
}

/** A longer wait than the coordinator asks for would lose every lease that outlasts its time. */
export function beatInterval_ms(own_ms: number | undefined, asked_ms: number): number {
  return Math.min(own_ms ?? asked_ms, asked_ms);
}

/** Sends heartbeats until aborted. @throws ShardwrightError when the coordinator no longer lets this worker speak. */
export async function keepBeating(options: HeartbeatOptions): Promise<void> {
  while (true) {
    await pause(beatInterval_ms(options.interval_ms, options.link.heartbeat_ms), options.signal);
    await beat(options);
  }
}
