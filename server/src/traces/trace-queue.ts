import { type RunId, plural, reasonOf } from "@shardwright/core";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { Queries } from "../database/queries.ts";
import type { Leadership } from "../leadership.ts";
import { type Parts, inTurns } from "../parts-of-work.ts";
import { historyParts } from "../reports/run-history.ts";
import type { SpanExporter } from "./exporter.ts";
import { spansOf } from "./run-spans.ts";
import type { SpanData } from "./span.ts";

/** Runs that wait to be sent; beyond it the newest are dropped, and counted. */
const runsLimit = 1000;
/** Spans of one request. */
const batch = 512;
/** How often a run is tried, and what lies between. */
const tries = 3;
const pause_ms = 5000;
/** How long ago a run may have ended that a former leader did not send. */
const lateness_ms = 600_000;
/** How long closing waits for what is not sent yet. */
const closing_ms = 3000;

export interface TraceOptions {
  /** Most tests of one run that have a span each; none when 0 or absent. */
  readonly cases?: number;
  /** Told once for each run that could not be sent. */
  readonly onProblem?: (sentence: string) => void;
}

export interface TraceFigures {
  runs: number;
  spans: number;
  /** Spans that were given up. */
  dropped: number;
  /** Requests that failed, with all their tries. */
  failed: number;
}

export interface TraceParts {
  readonly open: () => Promise<SpanExporter>;
  readonly queries: Queries;
  readonly leadership: Pick<Leadership, "current">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly options: TraceOptions;
}

/**
 * Sends the spans of runs that are over, one run after the other, where this coordinator leads. They are read from the tables as they are
 * sent: what waits is the runs' names. Nothing waits for it but, for a short while, the end of the program.
 */
export class TraceQueue {
  readonly figures: TraceFigures = { runs: 0, spans: 0, dropped: 0, failed: 0 };
  readonly #parts: TraceParts;
  readonly #waiting = new Set<RunId>();
  #sending: RunId | undefined;
  #exporter: Promise<SpanExporter> | undefined;
  #working: Promise<void> | undefined;
  readonly #closing = new AbortController();

  constructor(parts: TraceParts) {
    this.#parts = parts;
  }

  /** A run is over. Followers leave it to the leader. */
  ended(run: RunId): void {
    if (this.#parts.leadership.current === undefined || this.#closing.signal.aborted) return;
    if (this.#waiting.size >= runsLimit) return this.#drop(run, 1, "too many runs wait to be sent");
    this.#waiting.add(run);
    this.#work();
  }

  /** This coordinator leads from now on: what its predecessor has not sent is sent. */
  takeOver(): void {
    const { queries, clock } = this.#parts;
    for (const run of queries.runs.untraced(clock.now_ms() - lateness_ms, runsLimit)) this.ended(run);
  }

  /** Waits at most three seconds for what is not sent; the rest is dropped. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.#closing.abort(), closing_ms);
    const given = new Promise<void>((resolve) => this.#closing.signal.addEventListener("abort", () => resolve()));
    await Promise.race([this.#working ?? Promise.resolve(), given]);
    clearTimeout(timer);
    this.#closing.abort();
    const left = [...(this.#sending === undefined ? [] : [this.#sending]), ...this.#waiting];
    this.#sending = undefined;
    this.#waiting.clear();
    for (const run of left) this.#drop(run, 1, "the program ended");
    const closed = this.#exporter?.then((exporter) => exporter.close());
    // It waits for requests that nobody waits for any more.
    closed?.catch(() => {});
  }

  #work(): void {
    this.#working ??= this.#sendAll().finally(() => (this.#working = undefined));
  }

  async #sendAll(): Promise<void> {
    for (let [run] = this.#waiting; run !== undefined; [run] = this.#waiting) {
      // One that is opened again and ends while it is being sent waits anew.
      this.#waiting.delete(run);
      this.#sending = run;
      await this.#sendRun(run);
      if (this.#closing.signal.aborted) return;
      this.#sending = undefined;
    }
  }

  async #sendRun(run: RunId): Promise<void> {
    const { queries, clock, options, leadership, log } = this.#parts;
    let sent = 0;
    let all = 0;
    try {
      this.#exporter ??= this.#parts.open();
      const exporter = await this.#exporter;
      const history = await inTurns(historyParts(queries, run, clock.now_ms()), clock);
      // It was opened again, or purged, or somebody else leads and sends it.
      if (history === undefined || !history.isOver || history.row.traced || leadership.current === undefined) return;
      const { cases: limit = 0 } = options;
      const ofTask = (task: number) => queries.tasks.casesOfTask(run, task, limit);
      const spans = await inTurns(collected(spansOf(history, { limit, ofTask })), clock);
      const isAsItWas = () => queries.runs.byId(run)?.opened_position === history.row.opened_position;
      // Its cases may have been purged meanwhile, or those of another opening may have been read.
      if (!isAsItWas()) return;
      all = spans.length;
      for (; sent < all; sent += batch) await this.#sendBatch(exporter, spans.slice(sent, sent + batch));
      this.figures.runs += 1;
      // What comes of another opening is not sent yet.
      if (isAsItWas()) await leadership.current?.traced(run);
    } catch (error) {
      log.warn({ err: error, run }, "a run's trace could not be sent");
      // What closing has given up is counted already.
      if (this.#sending === run) this.#drop(run, Math.max(1, all - sent), reasonOf(error));
    }
  }

  async #sendBatch(exporter: SpanExporter, spans: readonly SpanData[]): Promise<void> {
    for (let turn = 1; ; turn += 1) {
      try {
        await exporter.send(spans);
        this.figures.spans += spans.length;
        return;
      } catch (error) {
        this.figures.failed += 1;
        if (turn >= tries || this.#closing.signal.aborted) throw error;
        await this.#pause();
        if (this.#closing.signal.aborted) throw error;
      }
    }
  }

  /** Ends early when the program is to end. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#parts.clock.after(pause_ms, resolve);
      const end = () => {
        timer.cancel();
        resolve();
      };
      this.#closing.signal.addEventListener("abort", end, { once: true });
    });
  }

  #drop(run: RunId, spans: number, reason: string): void {
    this.figures.dropped += spans;
    this.#parts.options.onProblem?.(
      `The trace of ${run} was not sent, ${spans === 1 ? "in part or as a whole" : `${plural(spans, "span")} of it`}: ${reason}`,
    );
  }
}

function* collected(spans: Iterable<SpanData>): Parts<SpanData[]> {
  const all: SpanData[] = [];
  for (const span of spans) {
    all.push(span);
    yield;
  }
  return all;
}
