import { type FactBody, reasonOf, trendsTakenSince } from "@shardwright/core";
import type { Logger } from "pino";
import type { Clock } from "./clock.ts";
import type { Queries } from "./database/queries.ts";
import type { Ledger } from "./ledger/ledger.ts";

/** What lies between two facts: meanwhile all else goes on. */
const pause_ms = 10;
/** Who was busy for more than this share of it is left alone for so long, */
const busyShare = 0.5;
const giveWay_ms = 100;
/** and so often, until all there is to do has been done: what runs measured may not be late for ever. */
const giveWayLimit = 100;
/** How long closing waits for what is not taken yet. */
const closing_ms = 3000;

interface Parts {
  readonly ledger: Ledger;
  readonly queries: Queries;
  readonly clock: Clock;
  readonly log: Logger;
  /** The share of the time since it was last asked in which the event loop was busy; the process's own when absent. */
  readonly busy?: () => number;
}

/**
 * Goes on, where this coordinator leads, with runs whose tests are too many for the fact that came with their end, and rolls series up that have
 * many points. Workers come first: while the event loop is busy it waits, for ten seconds in all. How far it came is in the tables: whoever
 * leads next goes on from there.
 */
export class TrendTaking {
  readonly #parts: Parts;
  readonly #busy: () => number;
  #working: Promise<void> | undefined;
  #isClosing = false;
  #isOver = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#busy = parts.busy ?? ownBusyShare();
    const { ledger } = parts;
    ledger.onApplied((facts) => {
      if (facts.some(({ body }) => isWork(body))) this.#work();
    });
    ledger.onRoleChange(() => this.#work());
    this.#work();
  }

  /** Waits at most three seconds for what is not taken; the rest is left to the next leader, or to the next start. */
  async close(): Promise<void> {
    this.#isClosing = true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, closing_ms)));
    await Promise.race([this.#working ?? Promise.resolve(), late]);
    clearTimeout(timer);
    this.#isOver = true;
  }

  #work(): void {
    if (this.#isOver || this.#parts.ledger.role !== "leader") return;
    this.#working ??= this.#takeAll().finally(() => (this.#working = undefined));
  }

  async #takeAll(): Promise<void> {
    const { ledger, log } = this.#parts;
    try {
      // What was applied just now is about to be written together with what comes after it.
      await this.#pause(pause_ms);
      for (let gaveWay = 0; !this.#isOver && ledger.role === "leader" && ledger.factVersion >= trendsTakenSince;) {
        // It writes what came before: what takes time from here on is not its own.
        const next = this.#next();
        if (next === undefined) return;
        if (gaveWay < giveWayLimit && (await this.#isBusy())) {
          gaveWay += 1;
          await this.#pause(giveWay_ms);
        } else if (!this.#isOver) await ledger.append([next]);
      }
    } catch (error) {
      // Somebody else leads, or nothing can be written any more: both are told of elsewhere.
      log.debug({ reason: reasonOf(error) }, "what runs measured is gone on with later");
    }
  }

  #next(): FactBody | undefined {
    const { queries } = this.#parts;
    const run = queries.runs.nextOfTrends();
    if (run !== undefined) return { type: "TrendsTaken", run };
    // A coordinator that ends does not begin with what another can do as well.
    const series = this.#isClosing ? [] : queries.trends.due();
    return series.length === 0 ? undefined : { type: "TrendsRolled", series };
  }

  async #isBusy(): Promise<boolean> {
    this.#busy();
    await this.#pause(pause_ms);
    return this.#busy() > busyShare && !this.#isClosing;
  }

  #pause(duration_ms: number): Promise<void> {
    if (this.#isClosing) return new Promise((resolve) => setImmediate(resolve));
    return new Promise((resolve) => void this.#parts.clock.after(duration_ms, resolve));
  }
}

function ownBusyShare(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}

function isWork(body: FactBody): boolean {
  if (body.type === "MetricsReported") return body.last;
  return ["TrendsTaken", "RunEnded", "FactVersionRaised", "MetricsDropped", "TestRenamed"].includes(body.type);
}
