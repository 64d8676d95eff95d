import type { Pool } from "./scenario.ts";

/** A way to deal tasks to workers. */
export interface Policy {
  readonly name: string;
  /** Called once for each simulated run. */
  begin(pool: Pool): Dealer;
}

export interface Ask {
  /** Index of the worker, which is idle. */
  readonly worker: number;
  readonly now_ms: number;
  /** Suites for which it has a process ready. */
  readonly warm: ReadonlySet<string>;
  /** All workers that are idle at this moment, this one among them. */
  readonly idle: readonly number[];
}

/** Deals one run. Tasks and workers are their indexes in the pool. All times are the coordinator's. */
export interface Dealer {
  /**
   * What the worker is to run, in this order: tasks that wait; or one task that runs on another worker, which makes this a duplicate,
   * whose first result counts. Undefined lets it wait: it is asked again whenever something happened, and every quarter of a second.
   */
  next(ask: Ask): readonly number[] | undefined;
  /** A result arrived, the first one of its task. `duration_ms` is what the worker measured. */
  finished?(end: { worker: number; task: number; duration_ms: number; now_ms: number }): void;
  /** These tasks wait again: their worker was lost, or was stopped before it began them. */
  returned(tasks: readonly number[], now_ms: number): void;
  /** A worker is idle again, for whatever reason. */
  idle?(worker: number, now_ms: number): void;
  /** A worker was given up; it will not ask again, unless it comes back. */
  lost?(worker: number, now_ms: number): void;
  /** A worker that was given up was there all the time, and begins anew. */
  back?(worker: number, now_ms: number): void;
}
