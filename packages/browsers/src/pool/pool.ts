import { randomUUID } from "node:crypto";
import { reasonOf, ShardwrightError } from "@shardwright/core";
import type { BrowserLauncher, DetectedBrowser, LaunchOptions } from "../browser.ts";
import { chosenPoolLimits } from "./chosen-limits.ts";
import { ownerName } from "./folders.ts";
import { HeldLeases } from "./held-leases.ts";
import { Instance } from "./instance.ts";
import type { BrowserLease, BrowserLeases, BrowserRequest, PoolStatus, RetireReason } from "./lease.ts";
import { type PoolLimits, poolLimits, usualMemory_bytes } from "./limits.ts";
import { planPool } from "./plan.ts";
import { memoryOfTrees } from "./processes.ts";
import { type Gone, startBrowser } from "./running-browser.ts";
import { HeadlessShells } from "./shells.ts";

export interface PoolOptions {
  /** Those that can be used, the preferred of each kind first. */
  readonly browsers: readonly DetectedBrowser[];
  readonly launcher: BrowserLauncher;
  /** Absent: those that were chosen for this process. */
  readonly limits?: Partial<PoolLimits> | undefined;
  /** How each is started. */
  readonly launch?: Pick<LaunchOptions, "headed" | "softwareWebGpu" | "webNn" | "switches"> | undefined;
}

interface Waiting {
  readonly id: number;
  /** Its program, or its shell's: which one may change while it is waited for. */
  readonly browser: DetectedBrowser;
  readonly gpu: boolean;
  readonly since_ms: number;
  readonly settle: (result: BrowserLease | Error) => void;
}

/** How often what browsers need is measured, while anything happens in them. */
const measureEvery_ms = 2000;
/** So many browsers of one kind in a row that did not start: it is not tried again for a while. */
const startFailuresLimit = 3;
const startPause_ms = 30_000;

/** Browsers that run, and are leased out; see `BrowserLeases`. One for all slots of a process. */
export class BrowserPool implements BrowserLeases {
  readonly limits: PoolLimits;
  readonly #options: PoolOptions;
  #owner: Promise<string> | undefined;
  readonly #instances = new Map<string, Instance>();
  readonly #waiting = new Map<number, Waiting>();
  readonly #held: HeldLeases;
  readonly #shells = new HeadlessShells();
  /** By program: how often in a row it did not start, why, and until when it is not tried again. */
  readonly #failures = new Map<string, { count: number; error: Error; until_ms: number }>();
  readonly #retired: Partial<Record<RetireReason, number>> = {};
  #started = 0;
  #leased = 0;
  #nextRequest = 0;
  #hasChanged = false;
  #measuring: NodeJS.Timeout | undefined;
  #patience: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  /** @throws RangeError for limits that are none */
  constructor(options: PoolOptions) {
    this.#options = options;
    this.limits = poolLimits(options.limits ?? chosenPoolLimits());
    this.#held = new HeldLeases({
      lease_ms: this.limits.lease_ms,
      retire: (instance, reason) => this.#retire(instance, reason),
      released: (instance) => this.#released(instance),
    });
  }

  async acquire(request: BrowserRequest): Promise<BrowserLease> {
    const { gpu, timeout_ms, signal } = request;
    signal?.throwIfAborted();
    const wanted = this.#find(request.browser);
    const shellWillDo = request.shellWillDo === true && !gpu && this.#options.launch?.headed !== true;
    const program = () => this.#shells.choose(wanted, shellWillDo);
    const browser = program();
    if (this.#closing !== undefined) throw new ShardwrightError("browser-pool-closed");
    const known = this.#failures.get(browser.executable);
    if (known !== undefined && known.until_ms > performance.now()) throw known.error;
    if (this.#waiting.size >= this.limits.queue) throw new ShardwrightError("browser-queue-full", { limit: this.limits.queue });
    const { promise, resolve, reject } = Promise.withResolvers<BrowserLease>();
    const id = this.#nextRequest++;
    const settle = (result: BrowserLease | Error) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      this.#waiting.delete(id);
      if (result instanceof Error) reject(result);
      else resolve(result);
    };
    const timer = setTimeout(() => {
      const details = { kind: browser.kind, seconds: timeout_ms / 1000, waiting: this.#waiting.size - 1 };
      settle(new ShardwrightError("browser-busy", details));
      this.#pump();
    }, timeout_ms);
    const onAbort = () => {
      const { reason } = signal ?? {};
      settle(reason instanceof Error ? reason : new Error(String(reason)));
      this.#pump();
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#waiting.set(id, {
      id,
      get browser() {
        return program();
      },
      gpu,
      since_ms: performance.now(),
      settle,
    });
    this.#pump();
    return promise;
  }

  status(): PoolStatus {
    return {
      instances: [...this.#instances.values()].map((instance) => instance.status()),
      waiting: this.#waiting.size,
      started: this.#started,
      leased: this.#leased,
      retired: { ...this.#retired },
    };
  }

  /** Measures what its browsers need now, and replaces those that have grown too much. It does so by itself while they are used. */
  async measure(): Promise<void> {
    const roots = new Map<number, Instance>();
    for (const instance of this.#instances.values())
      if (instance.running?.pid !== undefined) roots.set(instance.running.pid, instance);
    const measured = await memoryOfTrees([...roots.keys()]);
    for (const [pid, memory_bytes] of measured ?? []) {
      const instance = roots.get(pid);
      if (instance === undefined) continue;
      instance.measured(memory_bytes);
      const worn = instance.worn(this.limits);
      if (worn !== undefined) this.#retire(instance, worn);
    }
    this.#pump();
  }

  /** Ends all leases and all browsers. Resolves when nothing of them is left. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#measuring);
    clearTimeout(this.#patience);
    for (const waiting of this.#waiting.values()) waiting.settle(new ShardwrightError("browser-pool-closed"));
    this.#held.end("closed");
    while (this.#instances.size > 0) {
      for (const instance of this.#instances.values()) this.#retire(instance, "closed");
      await Promise.all([...this.#instances.values()].flatMap(({ ending }) => ending ?? []));
    }
  }

  #find(wanted: string | DetectedBrowser): DetectedBrowser {
    if (typeof wanted !== "string") return wanted;
    const found = this.#options.browsers.find(({ kind }) => kind === wanted);
    if (found !== undefined) return found;
    const known = [...new Set(this.#options.browsers.map(({ kind }) => kind))].join(", ") || "none";
    throw new ShardwrightError("browser-missing", { kind: wanted, known });
  }

  /** Does what can be done for those who wait. */
  #pump(): void {
    clearTimeout(this.#patience);
    if (this.#closing !== undefined) return;
    const now_ms = performance.now();
    const requests = [...this.#waiting.values()].map(({ id, browser, gpu, since_ms }) => ({
      id,
      browser: browser.executable,
      gpu,
      waited_ms: now_ms - since_ms,
      memory_bytes: usualMemory_bytes[browser.engine],
    }));
    const instances = [...this.#instances.values()].map((instance) => instance.planned());
    for (const step of planPool(instances, requests, this.limits)) {
      if (step.type === "start") this.#begin(step.browser);
      else {
        const instance = this.#instances.get(step.instance);
        if (instance === undefined) continue;
        if (step.type === "evict") this.#retire(instance, "evicted");
        else this.#grant(instance, step.request);
      }
    }
    this.#awaitPatience(now_ms);
  }

  /** Looks again when the next of those who wait has waited long enough to be given more. */
  #awaitPatience(now_ms: number): void {
    const { patience_ms } = this.limits;
    const left = [...this.#waiting.values()].map(({ since_ms }) => patience_ms - (now_ms - since_ms)).filter((ms) => ms > 0);
    if (left.length === 0) return;
    this.#patience = setTimeout(() => this.#pump(), Math.min(...left) + 1);
    this.#patience.unref();
  }

  #begin(executable: string): void {
    const browser = [...this.#waiting.values()].find((waiting) => waiting.browser.executable === executable)?.browser;
    if (browser === undefined) return;
    const instance = new Instance(randomUUID().slice(0, 6), browser, performance.now());
    this.#instances.set(instance.id, instance);
    void this.#start(instance);
  }

  async #start(instance: Instance): Promise<void> {
    const { browser, id } = instance;
    const { launcher, launch = {} } = this.#options;
    try {
      this.#owner ??= ownerName();
      const owner = await this.#owner;
      const timeout_ms = this.limits.start_ms;
      instance.running = await startBrowser({ browser, launcher, launch, owner, instance: id, timeout_ms });
    } catch (error) {
      this.#instances.delete(id);
      instance.started.resolve();
      this.#noteFailure(browser, error instanceof Error ? error : new Error(reasonOf(error)));
      this.#pump();
      return;
    }
    this.#started += 1;
    this.#failures.delete(browser.executable);
    void instance.running.gone.then((gone) => this.#lose(instance, gone));
    this.#hasChanged = true;
    this.#measureRegularly();
    instance.used_ms = performance.now();
    instance.started.resolve();
    if (instance.state === "starting") instance.state = "ready";
    this.#pump();
    this.#keepIdle(instance);
  }

  /** Of a browser that does not start, the oldest request that waits for it is told; and all are, if it never does. */
  #noteFailure(browser: DetectedBrowser, error: Error): void {
    if (this.#shells.leave(browser)) return;
    const { executable } = browser;
    const count = (this.#failures.get(executable)?.count ?? 0) + 1;
    const isHopeless = count >= startFailuresLimit;
    this.#failures.set(executable, { count, error, until_ms: isHopeless ? performance.now() + startPause_ms : 0 });
    const waiting = [...this.#waiting.values()].filter((one) => one.browser.executable === executable);
    for (const { settle } of isHopeless ? waiting : waiting.slice(0, 1)) settle(error);
  }

  #grant(instance: Instance, request: number): void {
    const waiting = this.#waiting.get(request);
    const { running } = instance;
    if (waiting === undefined || running === undefined) return;
    clearTimeout(instance.idleTimer);
    this.#leased += 1;
    this.#hasChanged = true;
    waiting.settle(this.#held.grant(instance, running, waiting.gpu));
  }

  #released(instance: Instance): void {
    this.#hasChanged = true;
    const worn = instance.worn(this.limits);
    if (worn !== undefined) this.#retire(instance, worn);
    this.#endIfIdle(instance);
    this.#pump();
    this.#keepIdle(instance);
  }

  /** It gets nothing new, and ends when nothing runs in it. */
  #retire(instance: Instance, reason: RetireReason): void {
    if (instance.state !== "retiring") {
      instance.state = "retiring";
      this.#retired[reason] = (this.#retired[reason] ?? 0) + 1;
    }
    this.#endIfIdle(instance);
  }

  #endIfIdle(instance: Instance): void {
    if (instance.state === "retiring" && instance.leases === 0) instance.ending ??= this.#end(instance);
  }

  async #end(instance: Instance): Promise<void> {
    clearTimeout(instance.idleTimer);
    await instance.started.promise;
    await instance.running?.end(this.limits.close_ms);
    this.#instances.delete(instance.id);
    if (this.#instances.size === 0) clearInterval(this.#measuring);
    this.#pump();
  }

  #keepIdle(instance: Instance): void {
    clearTimeout(instance.idleTimer);
    if (instance.state !== "ready" || instance.leases > 0) return;
    instance.idleTimer = setTimeout(() => this.#retire(instance, "idle"), this.limits.idle_ms);
    instance.idleTimer.unref();
  }

  /** A browser is gone that was not asked to end. */
  #lose(instance: Instance, { outOfMemory }: Gone): void {
    const sign = outOfMemory ? "out-of-memory" : "browser-crashed";
    this.#retire(instance, sign);
    this.#held.end(sign, instance);
    this.#pump();
  }

  #measureRegularly(): void {
    clearInterval(this.#measuring);
    this.#measuring = setInterval(() => {
      if (!this.#hasChanged) return;
      this.#hasChanged = false;
      void this.measure();
    }, measureEvery_ms);
    this.#measuring.unref();
  }
}
