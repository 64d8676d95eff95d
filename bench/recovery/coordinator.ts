import type { HeartbeatRequest, Lease, LeaseRequest, RegisterRequest, Submission, WorkerEvent } from "@shardwright/core";
import type { Clock } from "../../server/src/clock.ts";
import type { SignalSink } from "../../server/src/scheduler/state.ts";
import type { World } from "./world.ts";

/** What a run says of a file in the end; undefined where it says nothing. */
export type Named = "passed" | "flaky" | "failed" | "errored";

export interface Result {
  /** Green or red; undefined for a run that came to no end by itself. */
  readonly isGreen: boolean | undefined;
  readonly named: readonly (Named | undefined)[];
  /** The attempt that each result is from, as `task.number`. */
  readonly counted: ReadonlySet<string>;
}

/** What a worker talks to: all of it is the production scheduler's own interface. */
export interface Coordinator {
  readonly isOver: boolean;
  submit(submission: Submission): Promise<void>;
  register(request: RegisterRequest): Promise<{ readonly worker: string; readonly heartbeat_ms: number }>;
  signals(worker: string, sink: SignalSink): () => void;
  lease(worker: string, request: Required<LeaseRequestOf>, signal: AbortSignal): Promise<{ readonly leases: readonly LeaseOf[] }>;
  results(worker: string, events: WorkerEvent[]): Promise<unknown>;
  heartbeat(
    worker: string,
    request: Required<Pick<HeartbeatRequest, "fences" | "draining">>,
  ): Promise<{ readonly stop: number[] }>;
  result(): Result;
  close(): void;
}

type LeaseRequestOf = Pick<LeaseRequest, "slots" | "wait_ms" | "warm" | "closes">;
/** What of a lease a simulated worker looks at. */
export type LeaseOf = Pick<Lease, "run" | "fence" | "tasks" | "afresh">;

/** A way to deal with what goes wrong. */
export interface Policy {
  readonly name: string;
  begin(world: World, clock: Clock, random: () => number): Coordinator;
}
