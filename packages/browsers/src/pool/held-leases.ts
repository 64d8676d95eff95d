import { type BrowserRemedy, type BrowserSign, remedyFor } from "@shardwright/core";
import type { Instance } from "./instance.ts";
import type { BrowserLease, LeaseEnd, RetireReason } from "./lease.ts";
import type { RunningBrowser } from "./running-browser.ts";

/** Whose browsers are leased out. */
export interface LeaseOwner {
  /** For how long a lease may be held. */
  readonly lease_ms: number;
  /** The browser gets nothing new, and ends when nothing runs in it. */
  retire(instance: Instance, reason: RetireReason): void;
  /** A lease of it has ended. */
  released(instance: Instance): void;
}

interface Held {
  readonly instance: Instance;
  isShared: boolean;
  readonly end: (how: LeaseEnd) => void;
}

/** What a pool has leased out, each until its end. */
export class HeldLeases {
  readonly #owner: LeaseOwner;
  readonly #held = new Set<Held>();

  constructor(owner: LeaseOwner) {
    this.#owner = owner;
  }

  grant(instance: Instance, { wsEndpoint, pid }: RunningBrowser, gpu: boolean): BrowserLease {
    const owner = this.#owner;
    instance.take(gpu, performance.now());
    const { promise: ended, resolve } = Promise.withResolvers<LeaseEnd>();
    const end = (how: LeaseEnd) => {
      if (!this.#held.delete(held)) return;
      clearTimeout(timer);
      resolve(how);
      instance.giveBack(gpu, performance.now());
      owner.released(instance);
    };
    const held: Held = { instance, isShared: this.#shareWith(instance), end };
    const timer = setTimeout(() => {
      // Whatever its holder does in it, it is no longer counted on.
      owner.retire(instance, "expired");
      end("expired");
    }, owner.lease_ms);
    timer.unref();
    this.#held.add(held);
    return {
      browser: instance.browser,
      wsEndpoint,
      instance: instance.id,
      pid,
      get isShared() {
        return held.isShared;
      },
      ended,
      noteAdapter: (isThere) => this.#noteAdapter(instance, isThere),
      noteSign: (sign) => this.#noteSign(instance, sign),
      retire: (reason) => owner.retire(instance, reason),
      release: () => end("released"),
    };
  }

  /** Ends those of one browser, or all. */
  end(how: LeaseEnd, instance?: Instance): void {
    for (const held of this.#held) if (instance === undefined || held.instance === instance) held.end(how);
  }

  /** @returns whether there are others in the browser, which have company from now on */
  #shareWith(instance: Instance): boolean {
    const others = [...this.#held].filter((held) => held.instance === instance);
    for (const other of others) other.isShared = true;
    return others.length > 0;
  }

  #noteAdapter(instance: Instance, isThere: boolean): BrowserSign | undefined {
    if (isThere) instance.hadAdapter = true;
    if (isThere || !instance.hadAdapter) return undefined;
    this.#owner.retire(instance, "gpu-process-lost");
    return "gpu-process-lost";
  }

  #noteSign(instance: Instance, sign: BrowserSign): BrowserRemedy {
    const remedy = remedyFor(sign, instance.signs);
    instance.signs += 1;
    if (remedy === "new-browser" || remedy === "elsewhere") this.#owner.retire(instance, sign);
    return remedy;
  }
}
