import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  browserSignWords,
  cutText,
  reasonOf,
  speaksOfBrowser,
  type BrowserSign,
  type CaseResult,
  type Failure,
} from "@shardwright/core";
import { WarmSession } from "@shardwright/runners";
import type { RunnerEvent, RunnerSession, SessionOptions, SessionTask, TaskOutcome } from "@shardwright/runners";
import type { DetectedBrowser } from "../browser.ts";
import { browserTitle } from "../launch/unusable.ts";
import type { BrowserLease, BrowserLeases, LeaseEnd } from "../pool/lease.ts";
import { isShell } from "../pool/shells.ts";
import { hostCommand } from "./host-command.ts";
import { processMemory, sharedNote, type HostNotice, type LentBrowser, type LentTask } from "./host/protocol.ts";
import type { BrowserOptions } from "./options.ts";
import { parseTestArguments } from "./task-arguments.ts";
import { isBenchmark } from "./test-files.ts";

/** A browser may be waited for as long as this: others of the machine use it, or it has to be started. */
const acquireTimeout_ms = 120_000;
/** What a browser's end does to the process that drives it is told a little later than the end itself, or a little before. */
const endPatience_ms = 1000;

/** What a session needs of the pool, and of the machine. */
export interface BrowserPlace {
  readonly leases: BrowserLeases;
  /** The kind for tasks that are bound to none. @throws ShardwrightError `browser-missing` */
  defaultKind(): string;
  /** Called once no task of the session will want a browser any more. */
  release(): Promise<void>;
}

/** One process for each slot runs the test modules; the browsers are the pool's, one lease for each task. */
export class BrowserSession implements RunnerSession {
  readonly #session: SessionOptions;
  readonly #options: BrowserOptions;
  readonly #place: BrowserPlace;
  readonly #closing = new AbortController();
  #host: WarmSession;
  #lease: BrowserLease | undefined;
  #sign: BrowserSign | undefined;

  constructor(session: SessionOptions, options: BrowserOptions, place: BrowserPlace) {
    this.#session = session;
    this.#options = options;
    this.#place = place;
    this.#host = this.#start();
  }

  get usable(): boolean {
    return !this.#closing.signal.aborted;
  }

  async *execute(tasks: readonly SessionTask[]): AsyncGenerator<RunnerEvent> {
    for (const task of tasks) {
      if (!this.usable) return;
      yield* this.#run(task);
    }
  }

  async close(mode: "graceful" | "soon" | "now"): Promise<Failure | undefined> {
    this.#closing.abort(new Error("the session was closed"));
    // What ran is cut off in the middle: nobody can tell what its page still does.
    if (this.#lease !== undefined && mode !== "graceful") this.#lease.retire("page-hung");
    try {
      return await this.#host.close(mode);
    } finally {
      this.#lease?.release();
      await this.#place.release();
    }
  }

  async *#run(task: SessionTask): AsyncGenerator<RunnerEvent> {
    yield { type: "started", id: task.id };
    let lease: BrowserLease;
    try {
      const { browser, tags } = parseTestArguments(task.args);
      const kind = task.browser ?? browser ?? this.#place.defaultKind();
      const needs = await this.#needsOf(task);
      const gpu = tags.length > 0 || needs.gpu;
      lease = await this.#place.leases.acquire({
        browser: kind,
        gpu,
        shellWillDo: needs.shellWillDo,
        timeout_ms: acquireTimeout_ms,
        signal: this.#closing.signal,
      });
      if (task.browser === undefined && browser === undefined)
        yield print(task, `No browser is named for this test: it runs in ${programTitle(lease.browser)}.\n`);
    } catch (error) {
      if (this.usable) yield failed(task, { kind: "setup-error", message: cutText(reasonOf(error), 4000) });
      return;
    }
    this.#lease = lease;
    this.#sign = undefined;
    try {
      yield* this.#drive({ ...task, lent: lentBy(lease) }, lease);
    } finally {
      lease.release();
      this.#lease = undefined;
      if (!this.#host.usable && this.usable) {
        await this.#host.close("graceful");
        this.#host = this.#start();
      }
    }
  }

  async *#drive(task: LentTask, lease: BrowserLease): AsyncGenerator<RunnerEvent> {
    for await (const event of this.#host.execute([task])) {
      if (event.type === "started") continue;
      if (event.type === "case" && this.#sign !== undefined) {
        yield { ...event, result: lostCase(event.result, lease, this.#sign) };
        continue;
      }
      if (event.type !== "finished") {
        yield event;
        continue;
      }
      const result = withoutOthers(event.result, lease);
      if (result.metrics !== event.result.metrics) yield print(task, sharedNote);
      const { outcome } = result;
      const sign = outcome === "passed" || outcome === "skipped" ? undefined : await this.#signOf(lease, result.failure);
      yield sign === undefined ? { ...event, result } : failed(task, crashOf(lease, sign, result.failure?.message));
      return;
    }
  }

  /** What took the browser from the task, by what the pool, the host or the failure itself tells. */
  async #signOf(lease: BrowserLease, failure: Failure | undefined): Promise<BrowserSign | undefined> {
    if (this.#sign !== undefined) return this.#sign;
    if (failure?.kind !== "browser-crash") return undefined;
    const { promise: patience, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, endPatience_ms, undefined);
    const end = await Promise.race([lease.ended, patience]);
    clearTimeout(timer);
    return signIn(end);
  }

  /**
   * Of tasks that compute on the GPU a browser bears few at once, and what is measured is to be what people's browsers do. What a file does
   * is known by what it names.
   */
  async #needsOf({ file }: SessionTask): Promise<{ gpu: boolean; shellWillDo: boolean }> {
    const text = await readFile(join(this.#session.workspace, file), "utf8").catch(() => "");
    const measures = isBenchmark(file) || /\bmetrics\b|\bmeasure\b/.test(text);
    return { gpu: /gpu|webgl|webnn|\bdevice\b/i.test(text), shellWillDo: this.#options.headlessShell && !measures };
  }

  #start(): WarmSession {
    const process = hostCommand(this.#session, this.#options);
    return new WarmSession(process, {
      closeGrace_ms: this.#session.closeGrace_ms,
      onNotice: (value) => this.#onNotice(value as HostNotice),
    });
  }

  #onNotice({ adapter, sign, spoilt }: HostNotice): void {
    if (spoilt === true) this.#lease?.retire("page-hung");
    if (adapter !== undefined) this.#sign ??= this.#lease?.noteAdapter(adapter);
    if (sign === undefined || !(sign in browserSignWords)) return;
    this.#sign ??= sign;
    this.#lease?.noteSign(sign);
  }
}

function lentBy({ browser, wsEndpoint, pid, isShared }: BrowserLease): LentBrowser {
  const { kind, engine, version } = browser;
  return { kind, engine, version, isShell: isShell(browser), wsEndpoint, pid, isShared };
}

function programTitle(browser: DetectedBrowser): string {
  return `${browserTitle(browser)}${isShell(browser) ? ", without windows (its headless shell)" : ""}`;
}

/** Nobody can tell whose the memory is of a browser that several tests share. */
function withoutOthers({ metrics, ...result }: TaskOutcome, { isShared }: BrowserLease): TaskOutcome {
  const own = isShared ? metrics?.filter(({ name }) => name !== processMemory) : metrics;
  if (own?.length === metrics?.length) return { ...result, ...(metrics && { metrics }) };
  return { ...result, ...(own !== undefined && own.length > 0 && { metrics: own }) };
}

/** What a case says that went wrong when the browser did is no word of its own: it is to run again, and not to be left out as finished. */
function lostCase(result: CaseResult, lease: BrowserLease, sign: BrowserSign): CaseResult {
  if (result.status !== "failed" && result.status !== "errored") return result;
  if (speaksOfBrowser(result.message ?? "")) return result;
  const { message } = crashOf(lease, sign, result.message);
  return { ...result, status: "errored", message };
}

function print(task: SessionTask, text: string): RunnerEvent {
  return { type: "output", id: task.id, chunk: Buffer.from(text) };
}

function failed(task: SessionTask, failure: Failure): RunnerEvent {
  return { type: "finished", id: task.id, result: { outcome: "errored", failure } };
}

function crashOf(lease: BrowserLease, sign: BrowserSign, message: string | undefined): Failure {
  const said = message === undefined ? "" : ` ${message}`;
  return { kind: "browser-crash", message: cutText(`${browserTitle(lease.browser)} ${browserSignWords[sign]}.${said}`, 4000) };
}

function signIn(end: LeaseEnd | undefined): BrowserSign | undefined {
  return end !== undefined && end in browserSignWords ? (end as BrowserSign) : undefined;
}
