import { HttpRefusal, checkConclusions } from "@shardwright/ci";
import { type Fact, type RunId, escapeMarkdown, reasonOf } from "@shardwright/core";
import type { Logger } from "pino";
import type { Clock, Timer } from "../clock.ts";
import type { Queries } from "../database/queries.ts";
import type { RunRow } from "../database/queries/runs.ts";
import type { Leadership } from "../leadership.ts";
import { whyTied } from "../scheduler/reopening.ts";
import type { AppAccess } from "./app-access.ts";
import { type KnownCheck, createCheck, findCheck, updateCheck } from "./check-api.ts";
import { type CheckUpdate, type Completion, joiningOf, progressOf } from "./check-output.ts";
import { type CheckTarget, targetOf } from "./check-target.ts";
import type { GithubApp } from "./options.ts";
import { WritePace } from "./write-pace.ts";

/** Runs whose checks are kept up to date at the same time; beyond it the newest go without. */
const runs_limit = 2000;
/** Checks written at the same time: one repository that asks for patience must not hold up the others. */
const writes_limit = 4;
/** Least time between two writes that only say how far a run is. */
const progress_ms = 10_000;
/** Waits after a failure, one after the other; then the check is given up. */
const pauses_ms = [5000, 15_000, 60_000, 300_000] as const;
/** What does not become right by waiting: no such repository, no permission, a request that GitHub does not take. */
const hopeless: readonly number[] = [401, 403, 404, 410, 422];
/** How long ago a run may have ended whose check a former leader may have left open. */
const lateness_ms = 600_000;
/** How long closing waits for what is being written. */
const closing_ms = 3000;

const touching: ReadonlySet<Fact["body"]["type"]> = new Set(["AttemptFinished", "TasksSettled", "RunEnded", "RunJudged"]);

export interface CheckWriterParts {
  readonly app: GithubApp;
  readonly access: AppAccess;
  readonly queries: Queries;
  readonly leadership: Pick<Leadership, "current">;
  /** What is to be written of a run that is over, for which all of it has to be read. */
  readonly completion: (run: RunId, completion: Completion) => Promise<readonly CheckUpdate[]>;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Tracked {
  /** As the run was opened when this was last written; another opening has another check. */
  target: CheckTarget;
  check: KnownCheck | undefined;
  /** Whether GitHub was asked for a check that is there already. */
  isLookedUp: boolean;
  /** The check was an earlier opening's, which was over before its end was told. */
  isTakenOn: boolean;
  /** The check may be complete, and is to say something else. */
  isRevised: boolean;
  isDirty: boolean;
  isWriting: boolean;
  /** Monotonic: not before this. */
  next_ms: number;
  /** In a row. */
  failures: number;
  /** What was written last. */
  shown: string;
}

/**
 * Keeps the checks of GitHub's runs up to date, where this coordinator leads. What it knows is rebuilt from the tables and from GitHub: each
 * check bears the name of its run, and is looked up before one is made.
 */
export class CheckWriter {
  readonly #parts: CheckWriterParts;
  readonly #tracked = new Map<RunId, Tracked>();
  readonly #pace: WritePace;
  readonly #writing = new Set<Promise<void>>();
  #timer: Timer | undefined;
  /** Checks that were given up since the start. */
  givenUp = 0;
  #isClosed = false;

  constructor(parts: CheckWriterParts) {
    this.#parts = parts;
    this.#pace = new WritePace(parts.clock);
  }

  /** For the ledger's `onApplied`. */
  applied(facts: readonly Fact[]): void {
    if (!this.#leads) return;
    const touched = new Set<RunId>();
    for (const { body } of facts) {
      if (body.type === "RunsPurged") for (const run of body.runs) this.#tracked.delete(run);
      if (body.type === "RunSubmitted" || body.type === "RunReopened") this.#track(body.run);
      // Its check may be complete, with what another one of its jobs has said.
      if (body.type === "RunJudged" && !this.#tracked.has(body.run)) this.#track(body.run, true);
      if (touching.has(body.type) && "run" in body) touched.add(body.run);
      // What is said of the end does not wait for its turn.
      if (body.type === "RunEnded" || body.type === "RunJudged") this.#hurry(body.run);
    }
    for (const run of touched) this.#touch(run);
    this.#wake();
  }

  /** This coordinator leads from now on: runs that go on, and those whose end its predecessor may not have told. */
  takeOver(): void {
    const { queries, clock } = this.#parts;
    this.#tracked.clear();
    for (const { id } of queries.runs.running()) this.#track(id);
    for (const id of queries.runs.toldSince(clock.now_ms() - lateness_ms, runs_limit)) this.#track(id);
    this.#wake();
  }

  /** Somebody else leads. */
  letGo(): void {
    this.#tracked.clear();
    this.#timer?.cancel();
  }

  /** Says on a run's check why what was asked for there is not done. */
  async note(run: RunId, reason: string): Promise<void> {
    const { queries, app, access, completion } = this.#parts;
    const row = queries.runs.byId(run);
    const target = row === undefined ? undefined : targetOf(row, app);
    if (row === undefined || target === undefined) return;
    const check = await findCheck(access, app.appId, target);
    if (check === undefined) return;
    const [last] = await completion(run, { sent: Number.MAX_SAFE_INTEGER, ...whatRow(row) });
    if (last === undefined) return;
    const output = { ...last.output, summary: `**Not run again:** ${escapeMarkdown(reason)}\n\n${last.output.summary}` };
    await updateCheck(access, target.repository, check.id, isOver(row) ? { ...last, output } : { output });
  }

  /** Waits a moment for what is being written; a later leader, or this one when it starts again, does the rest. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.letGo();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, closing_ms);
    await Promise.race([Promise.all(this.#writing), promise]);
    clearTimeout(timer);
  }

  get #leads(): boolean {
    return !this.#isClosed && this.#parts.leadership.current !== undefined;
  }

  #track(run: RunId, isRevised = false): void {
    const { queries, app, log } = this.#parts;
    const row = queries.runs.byId(run);
    const target = row === undefined ? undefined : targetOf(row, app);
    if (target === undefined) return;
    if (this.#tracked.size >= runs_limit && !this.#tracked.has(run)) {
      log.warn({ run, limit: runs_limit }, "too many checks are kept up to date: this run has none");
      return;
    }
    const before = this.#tracked.get(run);
    // Left alone, it would never end.
    const check = before?.isWriting === false && before.failures === 0 ? before.check : undefined;
    const known = { check, isLookedUp: check !== undefined, isTakenOn: check !== undefined };
    this.#tracked.set(run, { target, ...known, isRevised, isDirty: true, isWriting: false, next_ms: 0, failures: 0, shown: "" });
  }

  #touch(run: RunId): void {
    const tracked = this.#tracked.get(run);
    if (tracked !== undefined) tracked.isDirty = true;
  }

  #hurry(run: RunId): void {
    const tracked = this.#tracked.get(run);
    if (tracked !== undefined && tracked.failures === 0) tracked.next_ms = 0;
  }

  /** Begins whatever is due, and sets the clock for what comes next. */
  #wake(): void {
    this.#timer?.cancel();
    if (!this.#leads) return;
    const now_ms = this.#parts.clock.monotonic_ms();
    let next_ms = Number.POSITIVE_INFINITY;
    for (const [run, tracked] of this.#tracked) {
      if (!tracked.isDirty || tracked.isWriting) continue;
      if (this.#writing.size >= writes_limit) return;
      if (tracked.next_ms <= now_ms) this.#begin(run, tracked);
      else next_ms = Math.min(next_ms, tracked.next_ms);
    }
    if (next_ms < Number.POSITIVE_INFINITY) this.#timer = this.#parts.clock.after(next_ms - now_ms, () => this.#wake());
  }

  #begin(run: RunId, tracked: Tracked): void {
    tracked.isWriting = true;
    tracked.isDirty = false;
    const written = this.#write(run, tracked)
      .catch((error: unknown) => this.#failed(run, tracked, error))
      .finally(() => {
        tracked.isWriting = false;
        this.#writing.delete(written);
        this.#wake();
      });
    this.#writing.add(written);
  }

  async #write(run: RunId, tracked: Tracked): Promise<void> {
    const { queries, app, access, clock } = this.#parts;
    const row = queries.runs.byId(run);
    // It was purged, or opened again: then it has an entry of its own.
    if (row === undefined || this.#tracked.get(run) !== tracked) return;
    if (tracked.check === undefined && !tracked.isLookedUp) {
      tracked.check = await findCheck(access, app.appId, tracked.target);
      tracked.isLookedUp = true;
    }
    if (isOver(row)) return await this.#complete(row, tracked);
    const summary = queries.runs.summary(run);
    if (summary === undefined) return;
    const update = row.status === "ended" ? joiningOf(summary.account) : progressOf(summary.account, summary.cases);
    if (tracked.shown !== JSON.stringify(update)) {
      const wait_ms = this.#pace.take(tracked.check !== undefined);
      if (wait_ms > 0) return this.#later(tracked, wait_ms);
      await this.#send(tracked, update);
    }
    tracked.shown = JSON.stringify(update);
    tracked.failures = 0;
    tracked.next_ms = clock.monotonic_ms() + progress_ms;
    // Its end may have come meanwhile.
    const now = queries.runs.byId(run);
    if (now !== undefined && (isOver(now) || now.status !== row.status)) this.#later(tracked, 0);
  }

  async #complete(row: RunRow, tracked: Tracked): Promise<void> {
    const { verdict } = row;
    const isWritten = verdict !== null && tracked.check?.conclusion === checkConclusions[verdict];
    // A former leader has written it.
    if (isWritten && !tracked.isRevised) return void this.#tracked.delete(row.id);
    const sent = tracked.check?.annotations ?? 0;
    for (const update of await this.#parts.completion(row.id, { sent, ...whatRow(row) })) {
      for (let wait_ms = this.#pace.take(false); wait_ms > 0; wait_ms = this.#pace.take(false)) await this.#pause(wait_ms);
      if (!this.#leads || this.#tracked.get(row.id) !== tracked) return;
      await this.#send(tracked, update);
      if (tracked.check !== undefined)
        tracked.check = { ...tracked.check, annotations: tracked.check.annotations + (update.output.annotations?.length ?? 0) };
    }
    // It may have been judged anew meanwhile.
    if (tracked.isDirty) tracked.isRevised = true;
    else this.#tracked.delete(row.id);
  }

  async #send(tracked: Tracked, update: CheckUpdate): Promise<void> {
    const { access } = this.#parts;
    const { target, check } = tracked;
    if (check !== undefined) {
      const renamed = tracked.isTakenOn
        ? { external_id: target.externalId, started_at: new Date(target.started_at_ms).toISOString() }
        : {};
      await updateCheck(access, target.repository, check.id, { ...update, ...renamed });
      tracked.isTakenOn = false;
      return;
    }
    const made = await createCheck(access, target, update);
    // It is counted with what was sent.
    tracked.check = { ...made, annotations: 0 };
  }

  #later(tracked: Tracked, wait_ms: number): void {
    tracked.isDirty = true;
    tracked.next_ms = this.#parts.clock.monotonic_ms() + wait_ms;
  }

  #failed(run: RunId, tracked: Tracked, error: unknown): void {
    const { log } = this.#parts;
    if (this.#isClosed || this.#tracked.get(run) !== tracked) return;
    const pause_ms = pauses_ms[tracked.failures];
    tracked.failures += 1;
    // Whether it was carried out is not known: GitHub is asked what there is.
    tracked.check = undefined;
    tracked.isLookedUp = false;
    const { repository } = tracked.target;
    const words = { run, repository, reason: reasonFor(error) };
    const isHopeless = error instanceof HttpRefusal && hopeless.includes(error.status) && !/rate limit/i.test(error.text);
    if (pause_ms === undefined || isHopeless) {
      this.#tracked.delete(run);
      this.givenUp += 1;
      return log.warn(words, "the check of a run could not be written: it is given up");
    }
    log.info({ ...words, pause_ms }, "the check of a run could not be written: it is tried again");
    this.#later(tracked, pause_ms);
  }

  #pause(wait_ms: number): Promise<void> {
    return new Promise((resolve) => void this.#parts.clock.after(wait_ms, resolve));
  }
}

/** Whether nothing more is said of a run unless it is opened again: what its tests covered, if that is awaited. */
function isOver({ status, coverage }: RunRow): boolean {
  return status === "ended" && coverage !== "awaited";
}

function whatRow(row: RunRow) {
  return { canRerun: whyTied(row) === undefined, ended_at_ms: row.judged_at_ms ?? row.ended_at_ms ?? row.opened_at_ms };
}

function reasonFor(error: unknown): string {
  if (error instanceof HttpRefusal && error.status === 404)
    return `${error.message} (the GitHub App is not installed there, or may not write checks)`;
  return reasonOf(error);
}
