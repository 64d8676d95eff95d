import type { BrowserRemedy, BrowserSign, retireReasons } from "@shardwright/core";
import type { DetectedBrowser } from "../browser.ts";

/** What a task wants of the pool. */
export interface BrowserRequest {
  /** The kind, of which the first that was detected is taken, or one browser and no other. */
  readonly browser: string | DetectedBrowser;
  /** It computes on the GPU: of such work a browser bears little at a time. */
  readonly gpu: boolean;
  /** It needs no window, no GPU, and nobody compares how fast it is: it is given Chromium's headless shell where there is one. */
  readonly shellWillDo?: boolean;
  /** Until it has a browser, the start of one included; then `browser-busy`. */
  readonly timeout_ms: number;
  /** It does not wait any more: the slot is gone, the task was cancelled. A lease it has by then is not ended by it. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Why a browser is not used for anything new any more: a sign of trouble that only another browser cures; `tasks`: it has served as many as it
 * may; `memory`: it has grown; `idle`: nobody needed it for some time; `evicted`: another kind was waited for, and there is room for so many
 * only; `expired`: a lease of it was held for longer than it may.
 */
export type RetireReason = (typeof retireReasons)[number];

/** How a lease ended. A sign: the browser was taken by trouble, and what ran in it has no result of its own. */
export type LeaseEnd = "released" | "expired" | "closed" | BrowserSign;

/**
 * One task's share of a running browser: a context of its own, or few, in it. It is released when the task ends, is cancelled, or its slot
 * dies, by whoever asked for it.
 */
export interface BrowserLease {
  readonly browser: DetectedBrowser;
  /** For `connect` of playwright-core in this version, from any process of this machine. Who knows it can steer the browser. */
  readonly wsEndpoint: string;
  /** Which of the pool's browsers it is, as its status names it. */
  readonly instance: string;
  /** Its main process; undefined where it is not known. */
  readonly pid: number | undefined;
  /** Something else was in the browser since this lease began. */
  readonly isShared: boolean;
  /** Resolves when it has ended, by whatever. */
  readonly ended: Promise<LeaseEnd>;
  /**
   * Tells whether the browser gave the task a GPU adapter.
   * @returns `gpu-process-lost` where there was one before and is none now: the browser is retired
   */
  noteAdapter(isThere: boolean): BrowserSign | undefined;
  /**
   * Tells of a sign of trouble in this browser. It is retired where only another browser cures that, or when such signs come again in it.
   * @returns what cures it
   */
  noteSign(sign: BrowserSign): BrowserRemedy;
  /** The browser gets nothing new, and ends when all that runs in it has ended. The lease itself goes on. */
  retire(reason: RetireReason): void;
  /** Safe to call more than once, and after its end. */
  release(): void;
}

/** What whoever runs tests sees of the pool. */
export interface BrowserLeases {
  /**
   * Waits for its turn, first come first served within a kind.
   * @throws ShardwrightError `browser-missing`, `browser-unusable`, `browser-busy`, `browser-queue-full`; the signal's reason
   */
  acquire(request: BrowserRequest): Promise<BrowserLease>;
}

export interface InstanceStatus {
  readonly instance: string;
  readonly kind: string;
  readonly version: string;
  readonly state: "starting" | "ready" | "retiring";
  /** What it has leased out, and how much of that computes on the GPU. */
  readonly leases: number;
  readonly gpu_leases: number;
  /** Tasks since it was started. */
  readonly tasks: number;
  /** Of its whole process tree, as last measured; absent where nobody tells. */
  readonly memory_bytes?: number | undefined;
}

/** For the worker's status, its metrics, and `doctor`. */
export interface PoolStatus {
  readonly instances: readonly InstanceStatus[];
  readonly waiting: number;
  /** Since the pool was made. */
  readonly started: number;
  readonly leased: number;
  readonly retired: Readonly<Partial<Record<RetireReason, number>>>;
}
