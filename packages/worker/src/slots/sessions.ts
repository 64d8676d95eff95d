import { clearingUp_ms, type Failure } from "@shardwright/core";
import type { RunnerSession } from "@shardwright/runners";

export interface SessionsOptions {
  /** Sessions kept for later use at most; each is a process with a framework loaded. */
  readonly limit: number;
  /** An unused session is closed after this time. */
  readonly idle_ms: number;
}

/** Starting a framework takes seconds at most; what takes longer hangs. */
const openTimeout_ms = 120_000;

/** Sessions end politely within their time or by force; what is left then cannot be ended. */
const closingPatience_ms = clearingUp_ms + 5000;
/** A worker that leaves has less time: what it set up for a run was put in order when the run ended, if it did. */
const leavingPatience_ms = 15_000;

/** More failures of one suite say nothing new. */
const failuresKept = 8;

interface Prepared {
  readonly suite: string;
  readonly opening: Promise<RunnerSession>;
  readonly timer: NodeJS.Timeout;
}

interface Kept {
  readonly session: RunnerSession;
  readonly timer: NodeJS.Timeout;
}

/** The warm sessions of one slot, by `run/suite`. One that is taken belongs to its taker until it is given back. */
export class Sessions {
  readonly #options: SessionsOptions;
  /** The least recently used first. */
  readonly #kept = new Map<string, Kept>();
  /** Opened for work that is expected; not taken yet. */
  readonly #prepared = new Map<string, Prepared>();
  #isClosed = false;
  readonly #closing = new Map<RunnerSession | Prepared, { readonly key: string; readonly closing: Promise<void> }>();
  /** Where each session belongs. */
  readonly #keys = new WeakMap<RunnerSession, string>();
  /** What went wrong when sessions ended, by key; told once. */
  readonly #failures = new Map<string, Failure[]>();
  /** What each session was opened for. */
  readonly #suites = new WeakMap<RunnerSession, string>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** The suites for which a session stands ready. */
  get warm(): string[] {
    return [...[...this.#kept].filter(([, { session }]) => session.usable).map(([key]) => key), ...this.#prepared.keys()];
  }

  /** Opens a session for work that is expected. @param suite what it is opened for; only work for just that gets it */
  prepare(key: string, suite: string, open: () => Promise<RunnerSession>): void {
    if (this.#isClosed || this.#prepared.has(key)) return;
    const opening = this.#openInTime(key, suite, open);
    // Whoever takes it opens another, and is told what is wrong with that one.
    opening.catch(() => {});
    const timer = setTimeout(() => void this.#dropPrepared(key), this.#options.idle_ms).unref();
    this.#prepared.set(key, { suite, opening, timer });
  }

  /** A prepared or warm session if there is one that lives, else a new one. @throws what `open` throws, and after two minutes. */
  async take(key: string, suite: string, open: () => Promise<RunnerSession>): Promise<RunnerSession> {
    const prepared = this.#prepared.get(key);
    if (prepared?.suite === suite) {
      clearTimeout(prepared.timer);
      this.#prepared.delete(key);
      const session = await prepared.opening.catch(() => undefined);
      if (session?.usable === true && !this.#isClosed) return session;
      if (session !== undefined) this.discard(session, "now");
    } else if (prepared !== undefined) void this.#dropPrepared(key);
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      clearTimeout(kept.timer);
      this.#kept.delete(key);
      if (kept.session.usable && this.#suites.get(kept.session) === suite) return kept.session;
      this.discard(kept.session, "now");
    }
    return this.#openInTime(key, suite, open);
  }

  giveBack(key: string, session: RunnerSession): void {
    if (this.#isClosed) return this.discard(session, "now");
    // One that retires still has to clear up.
    if (!session.usable) return this.discard(session, "graceful");
    this.#drop(key);
    // An idle worker must not be kept from ending by this timer.
    const timer = setTimeout(() => this.#drop(key), this.#options.idle_ms).unref();
    this.#kept.set(key, { session, timer });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#options.limit) break;
      this.#drop(oldest);
    }
  }

  /** Closes a session that was taken; `closeAll` waits for it. */
  discard(session: RunnerSession, mode: "graceful" | "soon" | "now"): void {
    void this.#watch(this.#keys.get(session) ?? "", session, session.close(mode));
  }

  /** What goes wrong while something is closed is kept until it is told. */
  #watch(
    key: string,
    what: RunnerSession | Prepared,
    closed: Promise<Failure | undefined>,
    onFailure = (failure: Failure): void => this.#note(key, failure),
  ): Promise<void> {
    const closing = closed
      .then((failure) => {
        if (failure !== undefined) onFailure(failure);
      })
      // Its processes are gone or out of reach; the tasks' results say what came of them.
      .catch(() => {})
      .finally(() => this.#closing.delete(what));
    this.#closing.set(what, { key, closing });
    return closing;
  }

  /** Closes a session that was taken, if that was not begun, and waits until it is gone, but no longer than the patience. */
  async gone(session: RunnerSession, patience_ms: number): Promise<void> {
    if (!this.#closing.has(session)) this.discard(session, "now");
    await atMost(this.#closing.get(session)?.closing, patience_ms);
  }

  /**
   * Closes what is kept for a run, waits for what is being closed of it, and tells what went wrong with any of it that was not told yet.
   * @returns by suite
   */
  async closeRun(run: string): Promise<{ suite: string; failure: Failure }[]> {
    const isOfRun = (key: string) => key.startsWith(`${run}/`);
    for (const key of this.#prepared.keys()) if (isOfRun(key)) void this.#dropPrepared(key);
    for (const key of this.#kept.keys()) if (isOfRun(key)) this.#drop(key);
    const closing = [...this.#closing.values()].filter(({ key }) => isOfRun(key)).map((each) => each.closing);
    await atMost(Promise.all(closing), closingPatience_ms);
    const hanging = new Set([...this.#closing.values()].map(({ key }) => key).filter(isOfRun));
    for (const key of hanging)
      this.#note(key, { kind: "setup-error", message: `It took longer than ${closingPatience_ms / 1000} s.` });
    return [...this.#failures]
      .filter(([key]) => isOfRun(key))
      .flatMap(([key, failures]) => failures.map((failure) => ({ suite: key.slice(run.length + 1), failure })));
  }

  /**
   * Closes what was opened for a run that is over, and never taken.
   * @returns what went wrong with it, by suite
   */
  async closeUnused(run: string): Promise<{ suite: string; failure: Failure }[]> {
    const found: { suite: string; failure: Failure }[] = [];
    const keys = [...this.#prepared.keys()].filter((key) => key.startsWith(`${run}/`));
    const closing = keys.flatMap(
      (key) => this.#dropPrepared(key, (failure) => found.push({ suite: key.slice(run.length + 1), failure })) ?? [],
    );
    await atMost(Promise.all(closing), closingPatience_ms);
    return found;
  }

  /** What went wrong of a run is known where it counts. */
  told(run: string): void {
    for (const key of this.#failures.keys()) if (key.startsWith(`${run}/`)) this.#failures.delete(key);
  }

  /** Runs of which something went wrong that nobody was told. */
  get troubledRuns(): string[] {
    return [...new Set([...this.#failures.keys()].map((key) => key.slice(0, key.indexOf("/"))))];
  }

  /** Closes all that are kept, and waits for those being closed; what is given back later is closed at once. */
  async closeAll(mode: "graceful" | "now"): Promise<void> {
    this.#isClosed = true;
    for (const key of this.#prepared.keys()) void this.#dropPrepared(key);
    for (const [key, { session, timer }] of this.#kept) {
      clearTimeout(timer);
      this.#kept.delete(key);
      this.discard(session, mode);
    }
    const closing = [...this.#closing.values()].map((each) => each.closing);
    await atMost(Promise.all(closing), leavingPatience_ms);
  }

  #note(key: string, failure: Failure): void {
    this.#failures.set(key, [...(this.#failures.get(key) ?? []), failure].slice(0, failuresKept));
  }

  /** @param onFailure keeps what goes wrong for the run when absent */
  #dropPrepared(key: string, onFailure?: (failure: Failure) => void): Promise<void> | undefined {
    const prepared = this.#prepared.get(key);
    if (prepared === undefined) return undefined;
    clearTimeout(prepared.timer);
    this.#prepared.delete(key);
    // It may be the last to leave what others have set up with it, and what goes wrong then is told to nobody else.
    const closed = prepared.opening.then((session) => session.close("now"));
    return this.#watch(key, prepared, closed, onFailure);
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    clearTimeout(kept.timer);
    this.#kept.delete(key);
    this.discard(kept.session, "graceful");
  }

  async #openInTime(key: string, suite: string, open: () => Promise<RunnerSession>): Promise<RunnerSession> {
    const opening = open();
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`it did not start within ${openTimeout_ms / 1000} s`)), openTimeout_ms);
    });
    try {
      const session = await Promise.race([opening, timeout]);
      this.#suites.set(session, suite);
      this.#keys.set(session, key);
      return session;
    } catch (error) {
      // One that opens after all is not wanted any more.
      void opening.then(
        (session) => this.discard(session, "now"),
        () => {},
      );
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

async function atMost(promise: Promise<unknown> | undefined, patience_ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patience_ms);
  });
  await Promise.race([promise, patience]);
  clearTimeout(timer);
}
