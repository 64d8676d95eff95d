import { createHash } from "node:crypto";
import {
  type Fact,
  type FactBody,
  type RunId,
  type Submission,
  ShardwrightError,
  isUsable,
  makeId,
  measurementKeyPrefix,
  reasonOf,
} from "@shardwright/core";
import type { Logger } from "pino";
import type { Clock, Timer } from "../../clock.ts";
import type { SharedConfiguration } from "../../configuration/shared-configuration.ts";
import type { Queries } from "../../database/queries.ts";
import type { ConfirmationRow } from "../../database/queries/trend-confirmations.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { Candidate } from "../judge-series.ts";
import type { WatchedSeries } from "../watched-series.ts";
import { machinesFor } from "./machines.ts";
import { measurementFor } from "./measurement.ts";
import { progressOf } from "./progress.ts";

export interface ConfirmationParts {
  readonly ledger: Ledger;
  readonly queries: Queries;
  readonly configuration: Pick<SharedConfiguration, "get">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly submit: (submission: Submission) => Promise<unknown>;
}

/** A change with so many points after it is no suspicion any more: the series itself confirms it. */
const establishedPoints = 5;
const day_ms = 86_400_000;
/** One that has taken longer is given up. */
const limit_ms = 6 * 3_600_000;
const retry_ms = 30_000;
const heldLimit = 1000;
const recentLimit = 1000;

/**
 * Measures the commits of suspicious changes again, on the leader alone, before anybody is told. What it has begun, and what came of it, are
 * facts; what was measured are runs. So a later leader goes on where this one stopped.
 */
export class Confirmations {
  readonly #parts: ConfirmationParts;
  /** Submissions that are under way, by their keys. */
  readonly #submitting = new Set<string>();
  /** Decided on, and not in the tables yet. */
  readonly #beginning = new Set<string>();
  readonly #ending = new Set<string>();
  /** Series that wait for room, with their projects. */
  readonly #held = new Map<number, string>();
  /** Whether any may be open: to look into the tables at the end of each run would have all that waits written for it. */
  #mayBeOpen = true;
  #timer: Timer | undefined;
  #isOver = false;

  constructor(parts: ConfirmationParts) {
    this.#parts = parts;
    const { ledger } = parts;
    ledger.onApplied((facts) => {
      if (this.#leads) for (const fact of facts) this.#note(fact);
    });
    ledger.onRoleChange(() => this.#takeUp());
    this.#takeUp();
  }

  close(): void {
    this.#isOver = true;
    this.#timer?.cancel();
  }

  /**
   * Whether a change may be told now. One of the newest commits may only when it was measured again and found different; where that cannot be
   * done, because it is off or the runs have no git workspace, the series alone decides.
   * @param facts what is decided here is added to them
   */
  mayTell(candidate: Candidate, { row, points }: WatchedSeries, facts: FactBody[]): boolean {
    const { configuration, queries, clock } = this.#parts;
    if (!configuration.get("trends-confirm")) return true;
    if (points.slice(candidate.change.location.last + 1).filter(isUsable).length >= establishedPoints) return true;
    const { lastGood: good, firstBad: bad } = candidate.range;
    if (good === undefined || bad === undefined) return true;
    const id = makeId(
      "c",
      createHash("sha256")
        .update(JSON.stringify([row.project, row.id, good, bad]))
        .digest(),
    );
    const known = queries.confirmations.byId(id);
    if (known !== undefined) return known.decision === "different";
    if (this.#beginning.has(id)) return false;
    const [before, after] = [queries.confirmations.runOf(row.id, good), queries.confirmations.runOf(row.id, bad)];
    if (before === undefined || after === undefined || !this.#hasGit(before.run) || !this.#hasGit(after.run)) return true;
    const now_ms = clock.now_ms();
    // Another series of the same commit was found different: this one belongs to it.
    const isKnown = ({ project, bad: other, decision }: ConfirmationRow) =>
      project === row.project && other === bad && decision === "different";
    if (queries.confirmations.endedSince(now_ms - day_ms, recentLimit).some(isKnown)) return true;
    const isFull = queries.confirmations.open().length + this.#beginning.size >= configuration.get("trends-confirm-at-once");
    if (isFull || this.#isSpent()) {
      if (this.#held.size < heldLimit) this.#held.set(row.id, row.project);
      return false;
    }
    const machines = machinesFor(queries, row.hardware_class, after.machine);
    this.#beginning.add(id);
    const suspicion = {
      confirmation: id,
      project: row.project,
      series: row.id,
      good,
      bad,
      good_run: before.run,
      bad_run: after.run,
    };
    facts.push({
      type: "ConfirmationBegun",
      ...suspicion,
      machines: machines.length > 0 ? machines : [after.machine ?? "unknown"],
    });
    return false;
  }

  /** Series that waited for room, which there may be now. */
  takeHeld(): [series: number, project: string][] {
    const held = [...this.#held];
    this.#held.clear();
    return held;
  }

  get #leads(): boolean {
    return !this.#isOver && this.#parts.ledger.role === "leader";
  }

  #hasGit(run: RunId): boolean {
    return this.#parts.queries.runs.byId(run)?.workspace.kind === "git";
  }

  #isSpent(): boolean {
    const { configuration, queries, clock } = this.#parts;
    return queries.confirmations.runsSince(clock.now_ms() - day_ms) >= configuration.get("trends-confirm-runs");
  }

  /** What is open goes on, where this coordinator leads. */
  #takeUp(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const set of [this.#submitting, this.#beginning, this.#ending]) set.clear();
    this.#held.clear();
    this.#mayBeOpen = true;
    if (this.#leads) this.#later(1);
  }

  #note({ body }: Fact): void {
    if (body.type === "ConfirmationBegun") {
      this.#beginning.delete(body.confirmation);
      this.#mayBeOpen = true;
      this.#later(1);
    }
    if (body.type === "ConfirmationEnded") this.#ending.delete(body.confirmation);
    if (body.type !== "RunEnded" || !this.#mayBeOpen) return;
    if (this.#parts.queries.runs.byId(body.run)?.run_key.startsWith(measurementKeyPrefix) === true) this.#later(1);
  }

  #later(delay_ms: number): void {
    if (delay_ms > 1 && this.#timer !== undefined) return;
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.after(delay_ms, () => {
      this.#timer = undefined;
      if (!this.#leads) return;
      try {
        const open = this.#parts.queries.confirmations.open();
        this.#mayBeOpen = open.length > 0;
        for (const row of open) this.#advance(row);
      } catch (error) {
        this.#parts.log.error({ err: error }, "a change could not be measured again; trying again");
        this.#later(retry_ms);
      }
    });
  }

  #advance(row: ConfirmationRow): void {
    if (this.#ending.has(row.id)) return;
    const { queries, clock } = this.#parts;
    const series = queries.alerts.series(row.series);
    if (series === undefined) return this.#end(row, { decision: "unknown", p: 1, reason: "the series is gone" });
    if (clock.now_ms() - row.begun_at_ms > limit_ms)
      return this.#end(row, { decision: "unknown", p: 1, reason: "it took too long" });
    const progress = progressOf(queries, row, series);
    if ("decision" in progress) return this.#end(row, progress);
    for (const next of progress.next) {
      if (this.#submitting.has(next.run_key)) continue;
      if (this.#isSpent()) return this.#end(row, { decision: "unknown", p: 1, reason: "no more runs may be made for it today" });
      const submission = measurementFor(queries, row, series, next);
      if (typeof submission === "string") return this.#end(row, { decision: "unknown", p: 1, reason: submission });
      this.#submitting.add(next.run_key);
      void this.#submit(submission);
    }
  }

  async #submit(submission: Submission): Promise<void> {
    try {
      await this.#parts.submit(submission);
    } catch (error) {
      if (!isUsual(error)) this.#parts.log.error({ err: error }, "a change could not be measured again; trying again");
      if (this.#leads) this.#later(retry_ms);
    } finally {
      this.#submitting.delete(submission.run_key);
    }
  }

  #end(row: ConfirmationRow, outcome: Omit<Extract<FactBody, { type: "ConfirmationEnded" }>, "type" | "confirmation">): void {
    const { ledger, log } = this.#parts;
    this.#ending.add(row.id);
    log.info({ confirmation: row.id, project: row.project, good: row.good, bad: row.bad, ...outcome }, "measured again");
    ledger.append([{ type: "ConfirmationEnded", confirmation: row.id, ...outcome }]).catch((error: unknown) => {
      this.#ending.delete(row.id);
      if (!isUsual(error)) log.error({ err: error }, reasonOf(error));
      if (this.#leads) this.#later(retry_ms);
    });
  }
}

function isUsual(error: unknown): boolean {
  return error instanceof ShardwrightError && ["no-leader", "leadership-lost", "draining", "queue-full"].includes(error.code);
}
