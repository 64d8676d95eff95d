import { pause } from "@shardwright/client";
import {
  cutText,
  defaultArtifactLimits,
  isCovered,
  reasonOf,
  ShardwrightError,
  type Failure,
  type Lease,
} from "@shardwright/core";
import { lastPartsOf } from "@shardwright/runners";
import type { Runner, RunnerEvent, RunnerSession, SessionOptions, TaskOutcome } from "@shardwright/runners";
import type { ArtifactStore } from "../artifacts/artifact-store.ts";
import { Collector } from "../artifacts/collector.ts";
import type { SideChannel } from "../metrics/side-channel.ts";
import type { OutputSender } from "../output/output-sender.ts";
import type { SecretMask } from "../output/secrets.ts";
import type { Outbox } from "../results/outbox.ts";
import type { Sessions } from "./sessions.ts";
import { TaskAttempt } from "./task-attempt.ts";
import { problemFrom, type WorkspaceProblem } from "../workspaces/problem.ts";
import type { Place, Workspaces } from "../workspaces/workspaces.ts";

export interface LeaseRunOptions {
  readonly lease: Lease;
  readonly sessions: Sessions;
  readonly runners: ReadonlyMap<string, Runner>;
  readonly outbox: Outbox;
  readonly mask: SecretMask;
  /** Passes on what tests print while they run. */
  readonly live?: OutputSender | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly workspaces: Workspaces;
  /** What its tests measure. */
  readonly measured?: SideChannel | undefined;
  /** Where artifacts go, where the suite keeps any. */
  readonly artifacts?: { readonly folder: string; readonly store: ArtifactStore } | undefined;
  /** Told when the last task starts, if how long it should take is known. */
  readonly onLastTask?: (expected_ms: number) => void;
}

/** A killed process that is still there after this time cannot be killed (a disk that hangs); the slot goes on without it. */
const killPatience_ms = 10_000;

const silentEnd: Failure = { kind: "runner-error", message: "The test process ended without a result." };

export function warmKey(lease: Pick<Lease, "run" | "suite">): string {
  return `${lease.run}/${lease.suite.name}`;
}

/**
 * What a session is opened for: the same suite of the same run may come again from another checkout, or configured anew. A lease that is to
 * run afresh gets none that was opened before.
 */
export function openedFor({
  workspace,
  suite,
  afresh,
  fence,
}: Pick<Lease, "workspace" | "suite"> & Partial<Pick<Lease, "afresh" | "fence">>): string {
  return JSON.stringify([workspace, suite, ...(afresh === true ? [fence] : [])]);
}

/** @param path of the workspace on this machine */
export function sessionOptions(
  { run, workspace, suite: { name, directory, options } }: Pick<Lease, "run" | "workspace" | "suite">,
  path: string,
  environment: Readonly<Record<string, string>>,
): SessionOptions {
  // In others nobody looks for it who joins the run's coverage.
  const lastParts = workspace.kind === "dir" && isCovered({ options }) && { lastParts: lastPartsOf(path, run, name) };
  return { workspace: path, directory, options, environment, ...lastParts };
}

/** Runs the tasks of one lease in one slot, and sees to it that each gets exactly one end: finished, released, or lost with its lease. */
export class LeaseRun {
  readonly lease: Lease;
  readonly #options: LeaseRunOptions;
  /** Tasks without an end, in order. */
  readonly #open = new Map<number, TaskAttempt>();
  #current: TaskAttempt | undefined;
  #session: RunnerSession | undefined;
  #place: Promise<Place | undefined> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Batches in a row that ended without an end for any task. */
  #fruitless = 0;
  /** No task may begin any more. */
  #isEnding = false;
  #isInterrupted = false;
  #interrupt: (() => void) | undefined;
  /** Gathers artifacts, where the suite keeps any; then tasks are handed to the session one by one, so that none begins meanwhile. */
  #collector: Collector | undefined;
  /** Attempts that are over and whose artifacts are being stored. */
  readonly #gathering = new Set<Promise<void>>();
  /** Aborted when nothing more is stored: the worker ends, or the lease is lost. */
  readonly #hurry = new AbortController();
  /** Aborted when the lease ends before its time. */
  readonly #ending = new AbortController();

  constructor(options: LeaseRunOptions) {
    this.lease = options.lease;
    this.#options = options;
    for (const leased of options.lease.tasks)
      this.#open.set(
        leased.task,
        new TaskAttempt(options.lease, leased, options.outbox, options.mask, options.live, options.measured),
      );
  }

  /** Makes the workspace ready for a run that is sure to follow. */
  prepare(): void {
    this.#place ??= this.#findPlace();
  }

  /** Resolves when every task has its end and what ran is gone. Never throws for what tests or runners do. */
  async run(): Promise<void> {
    const { lease, runners } = this.#options;
    const runner = runners.get(lease.suite.runner);
    if (runner === undefined)
      return this.#failOpen(`This worker has no runner called ${lease.suite.runner}; it has ${[...runners.keys()].join(", ")}.`);
    this.prepare();
    const place = await this.#place;
    if (place === undefined) return;
    this.#collector = this.#collectorAt(place);
    this.#options.measured?.reset();
    try {
      while (!this.#isEnding && this.#open.size > 0) {
        this.#isInterrupted = false;
        const session = await this.#openSession(runner, place.path);
        if (session === undefined) return;
        await this.#runBatch(session);
      }
    } finally {
      await Promise.all(this.#gathering);
      await this.#collector?.drop();
      place.release();
    }
  }

  /** Hands back what has not started; what runs goes on to its end. */
  handBack(reason: string): void {
    this.#isEnding = true;
    for (const [id, attempt] of this.#open) {
      if (attempt === this.#current) continue;
      attempt.release(reason);
      this.#open.delete(id);
    }
    // With the task that runs over, its process would begin the next one it was given.
    if (this.#current === undefined && this.#gathering.size === 0) this.#kill();
  }

  /** Ends what runs at once and hands back all that has no result. */
  release(reason: string): void {
    this.#isEnding = true;
    for (const attempt of this.#open.values()) attempt.release(reason);
    this.#open.clear();
    this.#hurry.abort(new Error(reason));
    this.#kill(this.#endsSoon);
  }

  /** The lease is another's: ends what runs and reports nothing more of it. */
  lose(): void {
    this.#isEnding = true;
    this.#open.clear();
    this.#hurry.abort(new Error("the lease is lost"));
    this.#kill(this.#endsSoon);
  }

  #collectorAt(place: Place): Collector | undefined {
    const { lease, mask, artifacts } = this.#options;
    const { artifacts: globs, directory } = lease.suite;
    if (artifacts === undefined || globs === undefined) return undefined;
    const limits = lease.options.artifact_limits ?? defaultArtifactLimits;
    return new Collector({ ...artifacts, workspace: place.path, directory, globs, limits, mask });
  }

  async #findPlace(): Promise<Place | undefined> {
    const { lease, workspaces } = this.#options;
    const { signal } = this.#ending;
    try {
      if (this.#isEnding) return undefined;
      return await workspaces.acquire(lease, signal);
    } catch (error) {
      if (!signal.aborted) await this.#passOn(problemFrom(error, "The workspace could not be used"));
      return undefined;
    }
  }

  /** What is this machine's fault goes to others, a few times, and this slot rests; else the tests get it as their result. */
  async #passOn({ kind, message }: WorkspaceProblem): Promise<void> {
    const { lease, workspaces } = this.#options;
    const rest_ms = kind === "infrastructure" ? workspaces.strike(lease.run) : undefined;
    if (rest_ms === undefined) return this.#failOpen(message, kind);
    for (const attempt of this.#open.values()) attempt.release(cutText(message, 1000));
    this.#open.clear();
    await pause(rest_ms, this.#ending.signal).catch(() => {});
  }

  async #openSession(runner: Runner, workspace: string): Promise<RunnerSession | undefined> {
    const { lease, sessions, environment } = this.#options;
    const opening = sessions.take(warmKey(lease), openedFor(lease), () =>
      runner.open(sessionOptions(lease, workspace, environment)),
    );
    try {
      const session = await this.#untilInterrupted(opening);
      if (session !== undefined) return session;
      // Ended while it opened: what opens now is kept warm for the next lease of this suite.
      void opening.then(
        (late) => sessions.giveBack(warmKey(lease), late),
        () => {},
      );
    } catch (error) {
      const remedy = error instanceof ShardwrightError ? ` ${error.hint}` : "";
      this.#failOpen(`${runner.capabilities.title} could not be started: ${reasonOf(error)}${remedy}`);
    }
    return undefined;
  }

  async #runBatch(session: RunnerSession): Promise<void> {
    const { sessions, lease } = this.#options;
    if (this.#open.size === 0) return sessions.giveBack(warmKey(lease), session);
    this.#session = session;
    if (this.#collector !== undefined) await this.#untilInterrupted(this.#collector.begin());
    const batch = [...this.#open.values()].slice(0, this.#collector === undefined ? undefined : 1);
    const before = this.#open.size;
    if (batch.length > 0) this.#watch();
    const events = session.execute(batch.map((attempt) => attempt.sessionTask))[Symbol.asyncIterator]();
    let fault = silentEnd;
    try {
      for (let step = await this.#untilInterrupted(events.next()); step?.done === false;) {
        await this.#untilInterrupted(this.#handle(step.value));
        step = await this.#untilInterrupted(events.next());
      }
    } catch (error) {
      fault = { kind: "runner-error", message: `The runner failed: ${reasonOf(error)}` };
    }
    clearTimeout(this.#timer);
    this.#session = undefined;
    if (this.#isInterrupted) {
      void Promise.resolve(events.return?.()).catch(() => {});
      await sessions.gone(session, killPatience_ms);
    } else {
      // A warm process may just have been about to retire; but a batch is not handed on for ever without an end for any task.
      this.#fruitless = this.#open.size === before ? this.#fruitless + 1 : 0;
      const victim = this.#current ?? (this.#fruitless > 1 || fault !== silentEnd ? this.#first() : undefined);
      if (victim !== undefined) await this.#finish(victim, { outcome: "errored", failure: fault });
      const isThrough = batch.every(({ sessionTask }) => !this.#open.has(sessionTask.id));
      if (this.#open.size === 0 || (isThrough && session.usable)) sessions.giveBack(warmKey(lease), session);
      else await sessions.gone(session, killPatience_ms);
    }
    this.#current = undefined;
    await Promise.all(this.#gathering);
  }

  #handle(event: RunnerEvent): Promise<void> | undefined {
    const attempt = event.id === undefined ? (this.#current ?? this.#first()) : this.#open.get(event.id);
    // An event of a task that was handed back.
    if (attempt === undefined) return undefined;
    switch (event.type) {
      case "started":
        this.#current = attempt;
        attempt.start();
        this.#watch();
        if (this.#open.size === 1 && attempt.expected_ms !== undefined) this.#options.onLastTask?.(attempt.expected_ms);
        return undefined;
      case "case":
        return attempt.addCase(event.result, event.dropped);
      case "output":
        attempt.print(event.chunk);
        return undefined;
      case "finished":
        return this.#finish(attempt, event.result);
    }
  }

  /** Await the promise, if one comes back, before the next task begins. */
  #finish(attempt: TaskAttempt, result: TaskOutcome): Promise<void> | undefined {
    attempt.stop();
    this.#open.delete(attempt.sessionTask.id);
    this.#current = undefined;
    clearTimeout(this.#timer);
    if (this.#collector === undefined) {
      attempt.finish(result);
      this.#goOn();
      return undefined;
    }
    const gathering = this.#gather(this.#collector, this.#session)
      .then((files) => attempt.finish(result, files))
      .finally(() => {
        this.#gathering.delete(gathering);
        if (this.#isEnding) this.#goOn();
      });
    this.#gathering.add(gathering);
    return gathering;
  }

  async #gather(collector: Collector, session: RunnerSession | undefined) {
    // A process that is being ended may still write.
    if (session?.usable === false) await this.#options.sessions.gone(session, killPatience_ms);
    return collector.gather(this.#hurry.signal);
  }

  #goOn(): void {
    if (this.#isEnding && this.#options.lease.tasks.length > 1) this.#kill();
    else this.#watch();
  }

  /** Starts the clock of the task that runs, or comes next. */
  #watch(): void {
    clearTimeout(this.#timer);
    const attempt = this.#current ?? this.#first();
    if (attempt === undefined) return;
    attempt.expect();
    const hasStarted = attempt === this.#current;
    this.#timer = setTimeout(
      () => {
        if (this.#session !== undefined) this.#options.sessions.discard(this.#session, "now");
        const message = hasStarted ? timeoutMessage(attempt) : startTimeoutMessage(attempt);
        const failure: Failure = { kind: "test-timeout", message };
        void this.#finish(attempt, { outcome: "failed", failure });
        this.#kill();
      },
      hasStarted ? attempt.timeout_ms : attempt.startLimit_ms,
    );
  }

  #first(): TaskAttempt | undefined {
    return this.#open.values().next().value;
  }

  #failOpen(message: string, kind: Failure["kind"] = "setup-error"): void {
    for (const attempt of this.#open.values())
      attempt.finish({ outcome: "errored", failure: { kind, message: cutText(message, 4000) } });
    this.#open.clear();
  }

  /** What was set up for the file is cleared up where that harms nobody: another worker may have it by now. */
  get #endsSoon(): "soon" | "now" {
    return this.lease.tasks.some(({ spec }) => spec.side_effects) ? "now" : "soon";
  }

  /** Ends the process and whatever is being waited for. */
  #kill(mode: "soon" | "now" = "now"): void {
    clearTimeout(this.#timer);
    if (this.#isEnding) this.#ending.abort(new Error("the lease ended"));
    this.#isInterrupted = true;
    if (this.#session !== undefined) this.#options.sessions.discard(this.#session, mode);
    this.#interrupt?.();
  }

  /** What the promise brings, or undefined as soon as the run is interrupted. */
  #untilInterrupted<T>(promise: Promise<T> | undefined): Promise<T | undefined> | undefined {
    if (promise === undefined || this.#isInterrupted) {
      promise?.catch(() => {});
      return undefined;
    }
    return new Promise((resolve, reject) => {
      this.#interrupt = () => resolve(undefined);
      promise.then(resolve, reject);
    });
  }
}

function timeoutMessage({ sessionTask: { file }, timeout_ms, isLearned, expected_ms }: TaskAttempt): string {
  const why = isLearned && expected_ms !== undefined ? `, where it usually takes ${Math.round(expected_ms)} ms` : "";
  return `${file} ran longer than ${timeout_ms} ms${why}, and was ended.`;
}

function startTimeoutMessage({ sessionTask: { file }, startLimit_ms }: TaskAttempt): string {
  return `${file} had not begun after ${startLimit_ms} ms, and was given up: it waited for what has to run or be set up before it.`;
}
