import type { Capabilities, Failure, Recovery, RunContext, RunReport, TaskStatus, Verdict } from "@shardwright/core";

/** Something that happened in a run. `at_ms` is the leader's clock, milliseconds since 1970. */
interface OfRun {
  readonly run: string;
  readonly at_ms: number;
}

/** A task by its index in the run's manifest, and one execution of it by its number from 1. */
interface OfAttempt extends OfRun {
  readonly task: number;
  readonly attempt: number;
  /** Relative to the workspace; absent where it is not known any more. */
  readonly file?: string | undefined;
}

interface OfWorker {
  /** The coordinator's id of it. */
  readonly worker: string;
  readonly at_ms: number;
}

/** What handlers are given, by hook. It is a copy that is all theirs, and plain data. */
export interface Hooks {
  coordinatorStarted: { readonly coordinator: string; readonly address: string };
  coordinatorStopping: { readonly coordinator: string };
  leaderChanged: { readonly coordinator: string; readonly leads: boolean };
  runSubmitted: OfRun & {
    readonly project: string;
    readonly run_key: string;
    readonly context: RunContext;
    readonly suites: readonly string[];
    /** How many there are. */
    readonly tasks: number;
  };
  runReopened: OfRun & { readonly tasks: number; readonly reason: string };
  tasksLeased: OfRun & {
    readonly worker: string;
    readonly tasks: readonly Pick<OfAttempt, "task" | "attempt" | "file">[];
  };
  attemptFinished: OfAttempt & {
    readonly outcome: string;
    /** What became of the task: `pending` where it runs again. */
    readonly task_status: TaskStatus;
    readonly duration_ms: number;
    readonly failure?: Failure | undefined;
  };
  recovery: OfAttempt & Recovery;
  runNoticed: OfRun & { readonly code: string; readonly message: string };
  runEnded: OfRun & { readonly verdict: Verdict; readonly reason: string };
  runJudged: OfRun & { readonly verdict: Verdict; readonly reason: string };
  workerRegistered: OfWorker & { readonly name: string; readonly slots: number; readonly capabilities: Capabilities };
  workerDraining: OfWorker;
  workerLeft: OfWorker & { readonly reason: string };
  workerLost: OfWorker & { readonly reason: string };
  reportReady: { readonly report: RunReport };
  workerStarted: { readonly name: string; readonly slots: number };
  workerNotice: {
    readonly name: string;
    readonly level: "info" | "warning" | "error";
    readonly code: string;
    readonly message: string;
  };
  workerStopped: { readonly name: string; readonly end: string };
  closing: { readonly at_ms: number };
}

export type HookName = keyof Hooks;

/** @param signal aborted when the handler has taken too long: nobody waits for it any more */
export type Handler<H extends HookName> = (event: Hooks[H], signal: AbortSignal) => unknown;

export interface HookDescription {
  /** The process in which it is called. */
  readonly where: "leader" | "coordinator" | "run" | "worker" | "all";
  /** What has happened, for people. */
  readonly when: string;
}

/** Every hook there is, in the order in which they are listed; the table in the docs is made of this. */
export const hooks: Readonly<Record<HookName, HookDescription>> = {
  coordinatorStarted: { where: "coordinator", when: "A coordinator listens." },
  coordinatorStopping: { where: "coordinator", when: "A coordinator was told to end." },
  leaderChanged: { where: "coordinator", when: "This coordinator leads from now on, or does not any more." },
  runSubmitted: { where: "leader", when: "A run was created." },
  runReopened: { where: "leader", when: "A run that had ended was opened again, for some of its tasks." },
  tasksLeased: { where: "leader", when: "Tasks were dealt to a worker." },
  attemptFinished: { where: "leader", when: "An execution of a task has ended, however that was." },
  recovery: { where: "leader", when: "It was decided what is done for a task whose attempt brought no result." },
  runNoticed: { where: "leader", when: "There is something to be said of a run." },
  runEnded: { where: "leader", when: "A run has its verdict." },
  runJudged: {
    where: "leader",
    when: "It is known what the coverage of a run that had passed comes to: its verdict may be another one.",
  },
  workerRegistered: {
    where: "leader",
    when: "A worker has come; or one that is there has found out that it can do more, such as run a browser.",
  },
  workerDraining: { where: "leader", when: "A worker takes no more work." },
  workerLeft: { where: "leader", when: "A worker has ended in order." },
  workerLost: { where: "leader", when: "A worker was given up." },
  reportReady: { where: "run", when: "The run is over, and its report is about to be written." },
  workerStarted: { where: "worker", when: "A worker process has registered." },
  workerNotice: { where: "worker", when: "A worker process has something to say: its connection is lost, it drains." },
  workerStopped: { where: "worker", when: "A worker process has left." },
  closing: { where: "all", when: "The process is about to end: the last call, for what is to be handed in." },
};

export function isHook(name: string): name is HookName {
  return Object.hasOwn(hooks, name);
}
