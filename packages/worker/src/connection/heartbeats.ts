import { pause, type Client } from "@shardwright/client";
import type { BrowserPoolFigures, HeartbeatResponse, Room } from "@shardwright/core";
import type { Link } from "./link.ts";

export interface HeartbeatOptions {
  readonly client: Client;
  readonly link: Link;
  /** In place of what the coordinator asks for, where it is shorter. */
  readonly interval_ms?: number | undefined;
  readonly signal: AbortSignal;
  /** What the worker holds, and whether it takes more. */
  readonly standing: () => { readonly fences: readonly number[]; readonly draining: boolean };
  /** What the machine has left. */
  readonly room: () => Promise<Room | undefined>;
  /** What the browsers of its tests do. */
  readonly browsers?: () => BrowserPoolFigures | undefined;
  readonly onAnswer: (answer: HeartbeatResponse) => void;
}

/** The most fences one heartbeat can name. */
const fenceLimit = 256;

const roomPatience_ms = 200;

/** Sends a heartbeat now. */
export async function beat({ client, link, signal, standing, room, browsers, onAnswer }: HeartbeatOptions): Promise<void> {
  const timeout_ms = beatPatience_ms(link, client);
  // A disk that hangs must not keep the worker from saying that it lives.
  const left = await Promise.race([room(), pause(roomPatience_ms, signal).then(() => undefined)]);
  const answer = await link.call((worker) => {
    const { fences, draining } = standing();
    const pool = browsers?.();
    return client.heartbeat(
      worker,
      { fences: fences.slice(0, fenceLimit), draining, ...(left && { room: left }), ...(pool && { browsers: pool }) },
      { retry: false, timeout_ms, signal },
    );
  }, signal);
  onAnswer(answer);
}

/** A longer wait than the coordinator asks for would lose every lease that outlasts its time. */
export function beatInterval_ms(own_ms: number | undefined, asked_ms: number): number {
  return Math.min(own_ms ?? asked_ms, asked_ms);
}

/** Less than this, and a busy coordinator would be taken for a dead one. */
const shortestPatience_ms = 1000;

/**
 * How long one address may take to answer a heartbeat: so short that all but one of them may be silent, and the lease still stands when
 * the last one is asked.
 */
export function beatPatience_ms(
  { lease_ttl_ms, heartbeat_ms }: { readonly lease_ttl_ms: number; readonly heartbeat_ms: number },
  { addresses, timeout_ms }: { readonly addresses: readonly string[]; readonly timeout_ms: number },
): number {
  return Math.min(timeout_ms, Math.max(shortestPatience_ms, (lease_ttl_ms - heartbeat_ms) / addresses.length));
}

/** Sends heartbeats until aborted. @throws ShardwrightError when the coordinator no longer lets this worker speak. */
export async function keepBeating(options: HeartbeatOptions): Promise<void> {
  while (true) {
    await pause(beatInterval_ms(options.interval_ms, options.link.heartbeat_ms), options.signal);
    await beat(options);
  }
}
