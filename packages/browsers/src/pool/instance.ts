import type { DetectedBrowser } from "../browser.ts";
import type { InstanceStatus, RetireReason } from "./lease.ts";
import { type PoolLimits, usualMemory_bytes } from "./limits.ts";
import type { PlannedInstance } from "./plan.ts";
import type { RunningBrowser } from "./running-browser.ts";

/** What a context with a page adds to a browser, as measured with many. */
const leaseMemory_bytes = 64 * 1024 ** 2;

/** One browser of the pool: what is known of it, and what it has leased out. */
export class Instance {
  readonly id: string;
  readonly browser: DetectedBrowser;
  state: "starting" | "ready" | "retiring" = "starting";
  /** Resolves when it has started, or will not. */
  readonly started = Promise.withResolvers<void>();
  running: RunningBrowser | undefined;
  /** Resolves when nothing of it is left; set when it begins to end. */
  ending: Promise<void> | undefined;
  leases = 0;
  gpuLeases = 0;
  tasks = 0;
  used_ms: number;
  hadAdapter = false;
  /** Signs of trouble that were seen in it. */
  signs = 0;
  idleTimer: NodeJS.Timeout | undefined;
  #memory_bytes: number | undefined;
  #least_bytes: number | undefined;

  constructor(id: string, browser: DetectedBrowser, now_ms: number) {
    this.id = id;
    this.browser = browser;
    this.used_ms = now_ms;
  }

  get key(): string {
    return this.browser.executable;
  }

  /** A task has begun in it. */
  take(gpu: boolean, now_ms: number): void {
    this.leases += 1;
    this.tasks += 1;
    if (gpu) this.gpuLeases += 1;
    this.used_ms = now_ms;
  }

  /** A task in it is over. */
  giveBack(gpu: boolean, now_ms: number): void {
    this.leases -= 1;
    if (gpu) this.gpuLeases -= 1;
    this.used_ms = now_ms;
  }

  measured(memory_bytes: number): void {
    this.#memory_bytes = memory_bytes;
    this.#least_bytes = Math.min(this.#least_bytes ?? Number.POSITIVE_INFINITY, this.#base_bytes(memory_bytes));
  }

  /** Why it is to be replaced by now, from what it has done and what it has grown to. */
  worn({ tasks, browserMemory_bytes, growth_bytes }: PoolLimits): RetireReason | undefined {
    if (this.tasks >= tasks) return "tasks";
    const memory_bytes = this.#memory_bytes ?? 0;
    const grown_bytes = this.#base_bytes(memory_bytes) - (this.#least_bytes ?? 0);
    return memory_bytes > browserMemory_bytes || grown_bytes > growth_bytes ? "memory" : undefined;
  }

  planned(): PlannedInstance {
    const { id, key, state, leases, gpuLeases, used_ms } = this;
    const memory_bytes = this.#memory_bytes ?? usualMemory_bytes[this.browser.engine];
    return { id, browser: key, state, leases, gpuLeases, used_ms, memory_bytes };
  }

  status(): InstanceStatus {
    const { id, browser, state, leases, gpuLeases, tasks } = this;
    const { kind, version } = browser;
    return { instance: id, kind, version, state, leases, gpu_leases: gpuLeases, tasks, memory_bytes: this.#memory_bytes };
  }

  /** Without what is leased out: that ends by itself. */
  #base_bytes(memory_bytes: number): number {
    return Math.max(0, memory_bytes - this.leases * leaseMemory_bytes);
  }
}
