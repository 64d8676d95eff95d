import {
  type AttemptStatus,
  type DurationHistory,
  type Estimate,
  type OutageWatch,
  PendingQueue,
  Quarantine,
  type QuarantineEntry,
  type Recovery,
  type Requirements,
  type RunId,
  type RunOptions,
  type Suite,
  type Task,
  type TaskStatus,
  type WorkerId,
  type Workspace,
  SlotUse,
  estimateDurations,
  isFinal,
  newOutageWatch,
} from "@shardwright/core";
import type { Timer } from "../clock.ts";
import type { Cause } from "./causes.ts";
import type { Closing } from "./closing.ts";
import type { FailureSign } from "./outages.ts";
import type { FinishedCases, Resumption } from "./resuming.ts";

/** One execution of a task, as far as the leader must know it. */
export interface AttemptState {
  readonly number: number;
  readonly fence: number;
  readonly worker: WorkerId;
  status: AttemptStatus;
  /** Cases it has reported. */
  cases: number;
  /** Some of these went wrong: how it will end is known. */
  hasFailed: boolean;
  /** What the first of these tells of what surrounds the test. */
  sign?: FailureSign | undefined;
  /** What all that did tell of the cause; undefined where they tell none, or it was not looked at. */
  cause?: Cause | undefined;
  /** The worker said that it began, or sent a case. */
  started: boolean;
  /** The same cases by their keys, as long as another attempt may resume this one. */
  readonly finished: FinishedCases;
  /** What it leaves out. */
  readonly resumption: Resumption | undefined;
  /** It runs no more than a part of its file. */
  readonly isPart: boolean;
  /** How many of its cases failed, and how many of these are in quarantine. */
  failed?: { all: number; quarantined: number };
}

export interface TaskState {
  readonly spec: Task;
  readonly group: number;
  status: TaskStatus;
  flaky: boolean;
  /** It has failed, by nothing but cases in quarantine. */
  quarantined: boolean;
  failedBefore: boolean;
  failures: number;
  losses: number;
  /** What was last decided to recover it since the run was opened. */
  recovery: Recovery | undefined;
  /** Workers on which it went wrong since then. */
  readonly badWorkers: Set<WorkerId>;
  /** Number of the latest attempt, 0 before the first. */
  attempts: number;
  /** The attempt that speaks for the task: the one that runs (of two, the one begun first), or the last to have run. */
  current: AttemptState | undefined;
  /** What runs beside it. */
  duplicate: AttemptState | undefined;
  /** There was a duplicate since the run was opened: there will be no other. */
  wasDuplicated: boolean;
  /** An attempt that resumed another has failed since then: no other resumes. */
  mustBeWhole: boolean;
}

/** What still runs of a task beside one of its attempts. */
export function otherAttempt(task: TaskState, attempt: AttemptState): AttemptState | undefined {
  return [task.current, task.duplicate].find((other) => other !== attempt && other?.status === "running");
}

/** Tasks that any worker able to run one of them can run. */
export interface TaskGroup {
  readonly suite: string;
  readonly requirements: Requirements;
}

/** A task that goes to a worker by itself: a retry, or one whose worker was lost, which may be what killed it. */
export interface SingleTask {
  readonly task: number;
  /** Before this moment nobody gets it. Monotonic. */
  readonly from_ms: number;
  /** The worker that is to have it, if it asks in time. */
  readonly prefer?: WorkerId | undefined;
  /** Whether those on which it went wrong are not to have it, as long as there are others. */
  readonly avoids: boolean;
  /** Until this moment `prefer` and `avoids` count. Monotonic. */
  readonly until_ms: number;
  /** Nothing of what ran before is used for it. */
  readonly afresh: boolean;
}

interface ClassQueues {
  readonly estimates: readonly Estimate[];
  readonly queues: readonly PendingQueue[];
}

export interface RunInput {
  readonly id: RunId;
  readonly project: string;
  readonly workspace: Workspace;
  readonly suites: readonly Suite[];
  readonly options: RunOptions;
  readonly quarantine: readonly QuarantineEntry[];
  readonly tasks: readonly Omit<TaskState, "group">[];
  readonly retries: number;
  /** Those it may spend, as a share of its tasks. */
  readonly retryShare: number;
  readonly notices: Iterable<string>;
  readonly history: DurationHistory;
}

/** What the leader keeps in memory of a run that is not over; all of it can be rebuilt from the tables. */
export class RunState {
  readonly id: RunId;
  readonly project: string;
  readonly workspace: Workspace;
  readonly suites: ReadonlyMap<string, Suite>;
  readonly options: RunOptions;
  readonly quarantine: Quarantine;
  readonly tasks: TaskState[];
  /** Keys of the files of which something is repeated because it is new. */
  readonly repeated: ReadonlySet<string>;
  readonly groups: TaskGroup[] = [];
  readonly notices: Set<string>;
  /** Workers that have set something up for its tests, and say how that ends. */
  readonly sessions = new Set<WorkerId>();
  /** Those of an earlier leader's time that may have: known when they ask for work. */
  readonly formerSessions = new Set<WorkerId>();
  closing: Closing | undefined;
  /** What was set up and could not be cleared up, in sentences. */
  readonly teardownFailures: string[] = [];
  /** By task, longest waiting first; served before the queues. */
  readonly singles = new Map<number, SingleTask>();
  retries: number;
  readonly retryShare: number;
  /** Attempts, one after the other, that were begun afresh in vain. A leader that takes over counts anew. */
  afreshInVain = 0;
  /** Whether something that its tests need is away. A leader that takes over looks anew. */
  outages: OutageWatch = newOutageWatch;
  /** Tasks without a final status. */
  open = 0;
  /** Duplicates begun since it was opened. */
  duplicates = 0;
  /** The slots it has used since it was opened. */
  readonly use = new SlotUse();
  /** Parts of plugins that have failed it, by kind and name. */
  readonly distrusted = new Set<string>();
  /** It was given a slot since it was opened. */
  hasBegun = false;
  deadline: Timer | undefined;
  noWorkersTimer: Timer | undefined;
  unsatisfiableTimer: Timer | undefined;
  readonly #history: DurationHistory;
  readonly #classes = new Map<string, ClassQueues>();

  constructor(input: RunInput) {
    this.id = input.id;
    this.project = input.project;
    this.workspace = input.workspace;
    this.suites = new Map(input.suites.map((suite) => [suite.name, suite]));
    this.options = input.options;
    this.quarantine = new Quarantine(input.quarantine);
    this.repeated = new Set(input.tasks.flatMap(({ spec }) => spec.repeat?.of ?? []));
    this.retries = input.retries;
    this.retryShare = input.retryShare;
    this.notices = new Set(input.notices);
    this.#history = input.history;
    const groups = new Map<string, number>();
    this.tasks = input.tasks.map((task) => {
      const { suite, requirements } = task.spec;
      const key = JSON.stringify([suite, requirements]);
      const group = groups.get(key) ?? groups.size;
      if (!groups.has(key)) {
        groups.set(key, group);
        this.groups.push({ suite, requirements });
      }
      if (!isFinal(task.status)) this.open += 1;
      if (task.wasDuplicated) this.duplicates += 1;
      return { ...task, group };
    });
  }

  task(index: number): TaskState | undefined {
    return this.tasks[index];
  }

  /** Waiting tasks for one class of hardware, by group, longest expected on it first. */
  queues(hardware_class: string): readonly PendingQueue[] {
    return this.#of(hardware_class).queues;
  }

  /** What a task should take on one class of hardware. @throws RangeError for a task the run does not have */
  estimate(task: number, hardware_class: string): Estimate {
    const estimate = this.#of(hardware_class).estimates[task];
    if (estimate === undefined) throw new RangeError(`run ${this.id} has no task ${task}`);
    return estimate;
  }

  /** Whether any of its tasks waits for a worker. */
  get isWaiting(): boolean {
    if (this.singles.size > 0) return true;
    const [some] = this.#classes.values();
    if (some !== undefined) return some.queues.some(({ size }) => size > 0);
    return this.tasks.some(({ status }) => status === "pending");
  }

  /** Groups of which a task waits. */
  waitingGroups(): Set<number> {
    const groups = new Set<number>();
    if (!this.isWaiting) return groups;
    for (const task of this.singles.keys()) groups.add(this.tasks[task]?.group ?? -1);
    const [some] = this.#classes.values();
    for (const [group, { size }] of some?.queues.entries() ?? []) if (size > 0) groups.add(group);
    if (some === undefined) for (const { status, group } of this.tasks) if (status === "pending") groups.add(group);
    return groups;
  }

  /** Takes a task out of all queues: it was dealt, or is final. */
  unqueue(task: number): void {
    const group = this.tasks[task]?.group ?? -1;
    for (const { queues } of this.#classes.values()) queues[group]?.remove(task);
    this.singles.delete(task);
  }

  /** Puts a pending task back among those that wait. */
  queue(task: number): void {
    const group = this.tasks[task]?.group ?? -1;
    for (const { queues } of this.#classes.values()) queues[group]?.add(task);
  }

  /** Lets a pending task wait for a worker that takes it alone. */
  queueAlone(single: SingleTask): void {
    this.singles.set(single.task, single);
  }

  isQueued(task: number): boolean {
    return this.tasks[task]?.status === "pending";
  }

  #of(hardware_class: string): ClassQueues {
    const known = this.#classes.get(hardware_class);
    if (known !== undefined) return known;
    const estimates = estimateDurations(
      this.tasks.map(({ spec }) => spec),
      this.#history,
      hardware_class,
    );
    const planned_ms = Float64Array.from(estimates, (estimate) => estimate.planned_ms);
    const members = this.groups.map((): number[] => []);
    this.tasks.forEach(({ group }, index) => members[group]?.push(index));
    const queues = members.map((tasks) => new PendingQueue(planned_ms, tasks));
    this.tasks.forEach(({ status, group }, index) => {
      if (status === "pending" && !this.singles.has(index)) queues[group]?.add(index);
    });
    const created = { estimates, queues };
    this.#classes.set(hardware_class, created);
    return created;
  }
}
