import type {
  Breaker,
  BreakerScope,
  BrowserPoolFigures,
  Capabilities,
  DurationHistory,
  FactBody,
  Forecast,
  Lease,
  Room,
  RunId,
  Standing,
  Supply,
  WorkerId,
  WorkerSignal,
} from "@shardwright/core";
import type { Logger } from "pino";
import type { Clock, Timer } from "../clock.ts";
import type { Queries } from "../database/queries.ts";
import type { BrowserPools } from "./browser-pools.ts";
import type { ChosenParts } from "./chosen-parts.ts";
import type { SchedulerOptions } from "./options.ts";
import type { RunState, TaskState } from "./run-state.ts";
import type { Tuner } from "./tuning.ts";

export type SignalSink = (signal: WorkerSignal) => void;

export interface WorkerState {
  readonly id: WorkerId;
  readonly name: string;
  readonly instance: string;
  /** Those it is handed tests for, and those it has. */
  slots: number;
  ownSlots: number;
  capabilities: Capabilities;
  hardware_class: string;
  /** The only run it takes work of. */
  run: RunId | undefined;
  status: "live" | "draining";
  readonly leases: Map<number, LeaseState>;
  readonly polls: Set<Poll>;
  /** The one run that it takes work of, if it last asked for that. */
  only: RunId | undefined;
  /** When the last of its leases ended. Monotonic. */
  freed_ms: number;
  /** What the last attempts say of it, oldest first. */
  readonly verdicts: { readonly verdict: "good" | "doubtful" | "bad"; readonly at_ms: number }[];
  /** Between its last heartbeats, and when the last one came. Monotonic. */
  readonly intervals_ms: number[];
  beat_ms: number | undefined;
  room: Room | undefined;
  /** What its pool of browsers did when it was last heard of. */
  browsers: BrowserPoolFigures | undefined;
  standing: Standing;
  /** Tasks that failed there since something last passed there, by `run/index`, and when. Monotonic. */
  readonly failing: Map<string, { readonly task: TaskState; readonly at_ms: number }>;
  /** What its machine had left, over time. */
  readonly supplies: { memory: Supply; disk: Supply };
  /** For having come to fail more often, or to be slower than it was at first. */
  readonly evidence: { errors: number; speed: number; usualPace: number | undefined };
  /** What is foretold of it. */
  forecasts: readonly Forecast[];
  /** Tasks that went well since its standing last changed. */
  goodInProbation: number;
  /** When something last succeeded there, or showed that it could. Monotonic. */
  succeeded_ms: number;
  /** What its last tasks took over what they should have taken by its class's history, and how slow it is by that. */
  ratios: readonly number[];
  pace: number;
  /** Open signal streams; normally one. */
  readonly sinks: Set<SignalSink>;
  /** Runs from the moment its stream broke until it is given up. */
  suspicion: Timer | undefined;
  /** Monotonic. */
  seen_ms: number;
  /** Since when it has been left idle because of what is foretold of it. Monotonic. */
  leftIdle_ms?: number | undefined;
}

export interface LeaseState {
  readonly fence: number;
  readonly run: RunState;
  readonly worker: WorkerState;
  /** Tasks of it that have not ended, in the order they are run in. */
  readonly tasks: Set<number>;
  /** Its task runs on another worker, too. */
  readonly isDuplicate: boolean;
  /** Monotonic. */
  readonly dealt_ms: number;
  /** When the first of its tasks began, as far as is known. Monotonic. */
  began_ms: number;
  renewed_ms: number;
}

interface GuardState {
  readonly scope: BreakerScope;
  readonly name: string;
  readonly breaker: Breaker;
}

/** A worker's open request for work. */
export interface Poll {
  readonly worker: WorkerState;
  readonly slots: number;
  readonly warm: ReadonlySet<string>;
  readonly run: RunId | undefined;
  /** Its worker says how what it sets up for tests ends. */
  readonly closes: boolean;
  /** Runners that can leave out cases there. */
  readonly resumes: ReadonlySet<string>;
  readonly leases: Lease[];
  readonly durable: Promise<number>[];
  /** Its worker had better leave what waits to others, as things stood when that was last looked at. */
  isBetterIdle: boolean;
  /** Answers it with what was dealt to it. */
  readonly answer: () => void;
}

export interface Counters {
  leases: number;
  attempts: Record<string, number>;
  recoveries: Record<string, number>;
  accepted: number;
  dropped: Record<string, number>;
  workersLost: number;
  /** How often something was foretold of a worker, by kind. */
  foretold: Record<string, number>;
}

export interface SchedulerState {
  readonly clock: Clock;
  readonly options: SchedulerOptions;
  readonly queries: Queries;
  readonly log: Logger;
  /** Runs that are not over, oldest opening first. */
  readonly runs: Map<RunId, RunState>;
  /** Workers that are live or draining. */
  readonly workers: Map<WorkerId, WorkerState>;
  /** Runs that ended or were purged a moment ago: until this resolves, the tables do not have it. */
  readonly leaving: Map<RunId, Promise<void>>;
  readonly leases: Map<number, LeaseState>;
  /** Leases that each project holds on each worker, but for workers that came for one run alone. */
  readonly inUse: Map<string, Map<WorkerState, number>>;
  readonly polls: Set<Poll>;
  readonly counters: Counters;
  readonly browserPools: BrowserPools;
  readonly tuner: Tuner;
  readonly plugins: ChosenParts;
  /** Circuit breakers that are not closed, or have something against what they guard, by scope and name. */
  readonly breakers: Map<string, GuardState>;
  /** Grows with every change among the workers. */
  generation: number;
  /** Runs while it pays to look again at what idle workers might do. */
  lookAgain: Timer | undefined;
  lastFence: number;
  draining: boolean;
  /** Hands decisions to the ledger, in the order of the calls. A rejection may be ignored: a failed ledger stops the node. */
  record(facts: readonly FactBody[]): Promise<number>;
  /** @param keys of the only tasks that matter */
  history(project: string, keys?: readonly string[]): DurationHistory;
  /** The version of facts that may be written. */
  factVersion(): number;
  /** From 0 to less than 1. */
  random(): number;
  /** Deals what waits to whoever waits. */
  wake(): void;
}

/** Runs a step later and deals what it set free. */
export function later(state: SchedulerState, delay_ms: number, step: () => void): Timer {
  return state.clock.after(delay_ms, () => {
    step();
    state.wake();
  });
}
