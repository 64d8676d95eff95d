import type { BrowserPoolFigures } from "@shardwright/core";

/** Pools that are remembered: many more than workers have at a time. */
const poolsLimit = 1024;
/** What an operator calls theirs is no label: there may be any number of names. */
const labelledKinds: ReadonlySet<string> = new Set(["chromium", "chrome", "edge", "firefox", "webkit"]);
const states = ["starting", "ready", "retiring"] as const;

/** What workers' browsers do now, by kind, for metrics. */
export interface BrowserUse {
  readonly kinds: ReadonlyMap<
    string,
    { starting: number; ready: number; retiring: number; leases: number; memory_bytes: number }
  >;
  readonly waiting: number;
}

/** What workers say of their pools of browsers. One pool may be several workers', who all tell of it. */
export class BrowserPools {
  /** Those heard of last come last. */
  readonly #told = new Map<string, BrowserPoolFigures>();
  /** Since this coordinator leads. */
  readonly counts = { started: 0, leased: 0, retired: new Map<string, number>() };

  note(figures: BrowserPoolFigures): void {
    const { id, started, leased, retired } = figures;
    const before = this.#told.get(id);
    // Heartbeats of several workers may cross.
    this.counts.started += Math.max(0, started - (before?.started ?? 0));
    this.counts.leased += Math.max(0, leased - (before?.leased ?? 0));
    for (const [reason, count] of Object.entries(retired)) {
      const more = Math.max(0, count - (before?.retired[reason as keyof typeof retired] ?? 0));
      this.counts.retired.set(reason, (this.counts.retired.get(reason) ?? 0) + more);
    }
    if (before !== undefined && started < before.started) return;
    this.#told.delete(id);
    this.#told.set(id, figures);
    const [oldest] = this.#told.keys();
    if (this.#told.size > poolsLimit && oldest !== undefined) this.#told.delete(oldest);
  }

  /** @param told by the workers that are there */
  use(told: Iterable<BrowserPoolFigures | undefined>): BrowserUse {
    const kinds = new Map<string, { starting: number; ready: number; retiring: number; leases: number; memory_bytes: number }>();
    let waiting = 0;
    const ids = new Set([...told].flatMap((figures) => figures?.id ?? []));
    for (const pool of [...ids].flatMap((id) => this.#told.get(id) ?? [])) {
      waiting += pool.waiting;
      for (const { kind, leases, memory_bytes = 0, ...counts } of pool.browsers) {
        const label = labelledKinds.has(kind) ? kind : "other";
        const sum = kinds.get(label) ?? { starting: 0, ready: 0, retiring: 0, leases: 0, memory_bytes: 0 };
        for (const state of states) sum[state] += counts[state];
        sum.leases += leases;
        sum.memory_bytes += memory_bytes;
        kinds.set(label, sum);
      }
    }
    return { kinds, waiting };
  }
}
