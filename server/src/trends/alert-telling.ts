import { type AlertId, type Fact, ShardwrightError, type TrendAlert, reasonOf } from "@shardwright/core";
import type { Logger } from "pino";
import type { Clock, Timer } from "../clock.ts";
import type { Queries } from "../database/queries.ts";
import type { Ledger } from "../ledger/ledger.ts";

/** Tells people of alerts, somewhere. */
export interface AlertTeller {
  /** For the log: it holds no address. */
  readonly name: string;
  /** Where it tells them, for administrators: what is secret of it is left out. Its name where it is absent. */
  readonly target?: string;
  /** @param signal aborted when it takes too long @throws what kept it from being sent, in words that hold no secret */
  tell(alert: TrendAlert, of: "opening" | "recovery", signal: AbortSignal): Promise<void>;
}

interface TellingParts {
  readonly ledger: Ledger;
  readonly queries: Pick<Queries, "alerts">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tellers: readonly AlertTeller[];
}

const limit_ms = 45_000;
/** Another series may join it at once, and a leader that was just chosen has other things to do. */
const delay_ms = 2000;
const retry_ms = 60_000;
/** Tries of one leader for one alert; then it counts as told, and that it was not is in the log. */
const triesLimit = 5;
const together = 20;

/**
 * Tells people once that an alert is there, and once that it is over. It is the leader's to do: that it was done is a fact, so that a leader
 * after this one does not do it again, and does it where this one died before it could say so.
 */
export class AlertTelling {
  readonly #parts: TellingParts;
  /** Who was told already, where others could not be. */
  readonly #done = new Map<AlertId, Set<string>>();
  readonly #tries = new Map<AlertId, number>();
  readonly #closing = new AbortController();
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;

  constructor(parts: TellingParts) {
    this.#parts = parts;
    const { ledger, tellers } = parts;
    if (tellers.length === 0) return;
    ledger.onApplied((facts) => {
      if (facts.some(isNews)) this.#soon(delay_ms);
    });
    ledger.onRoleChange(() => this.#soon(delay_ms));
    this.#soon(delay_ms);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#timer?.cancel();
    await this.#running;
  }

  get #leads(): boolean {
    return !this.#closing.signal.aborted && this.#parts.ledger.role === "leader";
  }

  #soon(wait_ms: number): void {
    if (!this.#leads || this.#timer !== undefined || this.#running !== undefined) return;
    this.#timer = this.#parts.clock.after(wait_ms, () => {
      this.#timer = undefined;
      if (!this.#leads) return;
      let again_ms: number | undefined = retry_ms;
      this.#running = this.#round()
        .then((next_ms) => void (again_ms = next_ms))
        .catch((error: unknown) => this.#trouble(error))
        .finally(() => {
          this.#running = undefined;
          if (again_ms !== undefined) this.#soon(again_ms);
        });
    });
  }

  /** @returns after how long to look again; undefined where nothing is left */
  async #round(): Promise<number | undefined> {
    const { queries, ledger } = this.#parts;
    const untold = queries.alerts.untold(together);
    let isLeft = false;
    for (const { alert, of } of untold) {
      if (!this.#leads) return undefined;
      if (await this.#tell(alert, of)) await ledger.append([{ type: "AlertTold", alert: alert.id, of }]);
      else isLeft = true;
    }
    if (isLeft) return retry_ms;
    // What opened meanwhile found this under way.
    return untold.length > 0 ? delay_ms : undefined;
  }

  /** @returns whether nobody has to be told any more */
  async #tell(alert: TrendAlert, of: "opening" | "recovery"): Promise<boolean> {
    const { tellers, log } = this.#parts;
    const done = this.#done.get(alert.id) ?? new Set<string>();
    this.#done.set(alert.id, done);
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(limit_ms)]);
    await Promise.all(
      tellers.map(async (teller, at) => {
        const key = `${of} ${at}`;
        if (done.has(key)) return;
        try {
          await teller.tell(alert, of, signal);
          done.add(key);
        } catch (error) {
          log.warn({ alert: alert.id, by: teller.name, reason: reasonOf(error) }, "an alert could not be told");
        }
      }),
    );
    const tries = (this.#tries.get(alert.id) ?? 0) + 1;
    this.#tries.set(alert.id, tries);
    const isDone = tellers.every((_, at) => done.has(`${of} ${at}`));
    if (!isDone && (tries < triesLimit || this.#closing.signal.aborted)) return false;
    if (!isDone) log.error({ alert: alert.id }, "an alert could not be told to all, and is given up");
    this.#done.delete(alert.id);
    this.#tries.delete(alert.id);
    return true;
  }

  #trouble(error: unknown): void {
    if (error instanceof ShardwrightError && ["no-leader", "leadership-lost"].includes(error.code)) return;
    this.#parts.log.error({ err: error }, "alerts could not be told; trying again");
  }
}

function isNews({ body: { type } }: Fact): boolean {
  return type === "AlertOpened" || type === "AlertRecovered" || type === "AlertJudged";
}
