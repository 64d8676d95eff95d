import { backoff_ms, pause, type Client } from "@shardwright/client";
import type { Lease } from "@shardwright/core";
import type { Link } from "../connection/link.ts";
import type { Slot } from "../slots/slot.ts";
import type { LookAhead } from "./look-ahead.ts";

export interface PollOptions {
  readonly client: Client;
  readonly link: Link;
  readonly signal: AbortSignal;
  readonly run?: string | undefined;
  readonly wait_ms: number;
  readonly free: () => number;
  /** Slots whose work ends so soon that a lease asked for now comes just in time. */
  readonly soonFree: () => readonly Slot[];
  readonly lookAhead: LookAhead;
  /** Resolves when a slot has become free, or will soon. */
  readonly untilFree: () => Promise<void>;
  readonly isOpen: () => boolean;
  readonly warm: () => string[];
  /** Names of the runners that can leave out cases. */
  readonly resumes: readonly string[];
  readonly onLease: (lease: Lease) => void;
  readonly onDrain: () => void;
}

/** The most leases one request can ask for. */
const slotLimit = 256;

/**
 * Asks for as many leases as slots are free, again and again, until the worker takes no more. One request at a time is enough: while it
 * waits there is no work for this worker, and when there is, it returns and the next one asks for the slots freed meanwhile. It is never
 * broken off, for a lease might be on its way. Ahead of a slot's becoming free the request is not held open: what comes up meanwhile is
 * for those who are idle.
 * @throws ShardwrightError when the coordinator no longer lets this worker speak.
 */
export async function pollLeases(options: PollOptions): Promise<void> {
  const { client, link, signal } = options;
  let idle = 0;
  while (options.isOpen()) {
    const free = options.free();
    const soonFree = free > 0 ? [] : options.soonFree();
    if (free === 0 && soonFree.length === 0) {
      await options.untilFree();
      continue;
    }
    for (const slot of soonFree) slot.askedForNext();
    const slots = Math.min(free > 0 ? free : soonFree.length, slotLimit);
    const wait_ms = free > 0 ? options.wait_ms : 0;
    const began = performance.now();
    const answer = await link.call((worker) => {
      const request = {
        slots,
        wait_ms,
        warm: options.warm(),
        closes: true,
        ...(options.resumes.length > 0 && { resumes: [...options.resumes] }),
        ...(options.run === undefined ? {} : { run: options.run }),
      };
      return client.lease(worker, request, { retry: false, signal });
    }, signal);
    const took_ms = performance.now() - began;
    if (wait_ms === 0) options.lookAhead.measured(took_ms);
    for (const lease of answer.leases) options.onLease(lease);
    if (answer.drain) options.onDrain();
    // A coordinator that does not hold requests open (one that shuts down) must not be asked in a tight loop.
    const isEarly = answer.leases.length === 0 && took_ms < wait_ms / 2;
    idle = isEarly ? idle + 1 : 0;
    if (idle > 1) await pause(backoff_ms(idle, { base_ms: 20, cap_ms: 1000 }), signal);
  }
}
