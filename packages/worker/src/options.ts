import type { Failover } from "@shardwright/client";
import type { Capabilities, Suite, Workspace } from "@shardwright/core";
import type { Runner } from "@shardwright/runners";
import type { DetectionMode } from "./capabilities/detect.ts";
import type { Finding } from "./capabilities/gpus.ts";
import type { WorkerNotice } from "./connection/notices.ts";
import type { PreemptionOptions } from "./preemption/watch.ts";
import type { OutboxOptions } from "./results/outbox.ts";

/** Work that a worker will be given soon. */
export interface Anticipation {
  readonly run: string;
  readonly workspace: Extract<Workspace, { kind: "dir" }>;
  readonly suites: readonly Suite[];
}

export interface WorkspaceStorage {
  /** A folder for this worker alone. */
  readonly root: string;
  /** Room for checkouts that no run uses. */
  readonly quota_bytes: number;
  /** Leaves nothing behind, not even what would make the next start quicker. */
  readonly ephemeral: boolean;
}

/** The coordinator that a worker works for. */
export interface WorkerAccess {
  /** Where coordinators may answer, in the order of preference. */
  readonly addresses: readonly string[];
  /** The token sent with every call; masked wherever tests print it. */
  readonly apiKey: string;
  /** How it goes from one address to another. */
  readonly failover?: Failover;
}

export interface WorkerOptions {
  /** Unique among the live workers of a coordinator. */
  readonly name: string;
  /** How many tasks run at once. */
  readonly slots: number;
  /** The frameworks this worker can run, by name. */
  readonly runners: ReadonlyMap<string, Runner>;

  /** Tags that the operator adds to what was detected. */
  readonly labels?: readonly string[];
  /** `quick` (the default) starts no programs. */
  readonly detect?: DetectionMode;
  /** In place of detection. */
  readonly capabilities?: Capabilities;
  /** Whether it looks for browsers once it works, and offers those that start. */
  readonly browsers?: boolean;
  /** Takes work of this run alone. */
  readonly run?: string;
  /** Opens sessions for this work at once, where their runners allow it: each slot for one of the suites in turn. */
  readonly anticipate?: Anticipation;
  /** Number of the first slot, where several workers share a machine. */
  readonly firstSlot?: number;
  /** What tests inherit; `process.env` when absent. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** More texts to mask, besides those found in the environment. */
  readonly secrets?: readonly string[];
  /** Absolute path of this worker's own checkout, for runs whose workers each bring one. */
  readonly checkout?: string;
  /** Where checkouts of remote workspaces are made and kept; a temporary folder, removed at the end, when absent. */
  readonly workspaces?: WorkspaceStorage;
  /** Only `dir` workspaces within these folders are used. Any folder when absent. */
  readonly workspaceRoots?: readonly string[];

  /** A shorter interval than the coordinator asks for; a longer one is not used. */
  readonly heartbeat_ms?: number;
  /** Upper bound of the wait between attempts to reach a coordinator; 5,000 when absent. */
  readonly reconnect_ms?: number;
  /** Keep trying for as long as no coordinator answers; the default. */
  readonly autoReconnect?: boolean;
  /** How long no coordinator may answer before the start is given up; it waits as long as it takes when absent. */
  readonly registerWithin_ms?: number | undefined;
  /** How long a lease request is held open; 25,000 when absent. */
  readonly pollWait_ms?: number;
  /** How much longer than expected a task may run before a lease that waits behind it is handed back; 100 when absent. */
  readonly overrun_ms?: number;
  /** How long running tasks may go on once the worker drains; 60,000 when absent. */
  readonly drainTimeout_ms?: number;
  /** Drains when the cloud is about to take the machine away, in the time that it leaves. */
  readonly preemption?: PreemptionOptions;
  /** A worker that ran nothing for so long drains by itself; never when absent. */
  readonly idleTimeout_ms?: number;
  /** How long a worker that ends may take to deliver its results; 10,000 when absent. */
  readonly flushTimeout_ms?: number;
  /** Warm sessions kept by each slot beside the one in use; 2 when absent. */
  readonly warmSessions?: number;
  /** An unused session is closed after this time; 30,000 when absent. */
  readonly sessionIdle_ms?: number;
  readonly outbox?: Partial<Omit<OutboxOptions, "journal" | "onJournalTrouble">>;
  /**
   * Room on the disk for results that no coordinator takes, in bytes; 1 GiB when absent. They lie beside the workspaces; what is there when
   * the worker ends is handed in by the next one with that folder, unless it is ephemeral.
   */
  readonly resultsBuffer_bytes?: number;

  /** Told what an operator may want to read, in a line and in parts. */
  readonly say?: (line: string, notice: WorkerNotice) => void;
  /** Ends the attempts to register; `startWorker` then throws its reason. */
  readonly signal?: AbortSignal;
}

/** A worker that has no coordinator yet: its sessions open. */
export interface PreparedWorker {
  /** Registers it, and has it run what it is given until it is told to stop. @throws as `startWorker` does; it is closed then */
  start(access: WorkerAccess): Promise<WorkerHandle>;
  /** In place of starting it: ends what was opened. Does nothing once it was started. */
  close(): Promise<void>;
}

/** How a worker ended that was told to. */
export type WorkerEnd = "drained" | "stopped";

export interface WorkerHandle {
  readonly name: string;
  /**
   * Resolves when the worker has left and all it started is gone. Rejects with a ShardwrightError when it could not go on: the
   * coordinator refused it (`unauthenticated`, `forbidden`, `worker-name-taken`), or, without auto-reconnect, no longer answered.
   */
  readonly done: Promise<WorkerEnd>;
  /** Has it offer more than it did when it registered. Resolves when its coordinator knows, or it has ended. */
  offer(more: Finding): Promise<void>;
  /** Looks for browsers, and offers those that start. What goes wrong with it is told, and nothing else is. */
  offerBrowsers(): Promise<void>;
  /** Takes no more work, hands back what has not started, finishes what runs, and leaves. Resolves when it has ended, however. */
  drain(): Promise<void>;
  /** Ends what runs, hands it back, and leaves. Resolves when it has ended, however. */
  stop(): Promise<void>;
}
