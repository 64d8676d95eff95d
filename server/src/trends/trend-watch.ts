import { type Fact, ShardwrightError, watchedBranches } from "@shardwright/core";
import type { Logger } from "pino";
import type { Clock, Timer } from "../clock.ts";
import type { SharedConfiguration } from "../configuration/shared-configuration.ts";
import type { Queries } from "../database/queries.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Confirmations } from "./confirming/confirmations.ts";
import { judgeProject } from "./judge-project.ts";
import { Turns } from "./turns.ts";
import { endUnmeasured } from "./unmeasured.ts";
import { SeriesReader } from "./watched-series.ts";

/** The version of facts that brought alerts. */
const factVersionNeeded = 4;
/** What ends within so short a time is looked at together. */
const quiet_ms = 1000;
/** After trouble, and while other coordinators are to be updated, it is tried again so much later. */
const retry_ms = 30_000;
/** How often it is asked whether all points of a run are there, by who waits for that. */
const taking_ms = 20;
/** Series that are looked at together; those of a larger project in several batches. */
const batchLimit = 20_000;
const idsRead = 5000;
/** What was measured again so long ago was told. */
const confirmedFor_ms = 86_400_000;
/** How often it is looked for what is not measured any more. */
const silenceEvery_ms = 3_600_000;
/** To look at so many series again costs little; beyond that it is recorded how far all is judged. */
const unrecordedLimit = 1000;

export interface WatchParts {
  readonly ledger: Ledger;
  readonly queries: Queries;
  readonly configuration: Pick<SharedConfiguration, "get">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly confirmations?: Pick<Confirmations, "mayTell" | "takeHeld">;
}

/** What one look is about. */
interface Round {
  readonly from: number | undefined;
  readonly uploads: readonly { readonly project: string; readonly upload: string }[];
  readonly again: ReadonlyMap<number, string>;
}

/**
 * Looks at what was measured, on the leader alone, and turns what has changed into alerts. All it knows is in the tables: a leader after this one
 * goes on from where the last record of it says, and what it looks at once more it finds told already.
 */
export class TrendWatch {
  readonly #parts: WatchParts;
  readonly #reader: SeriesReader;
  /** What was added after this fact is to be looked at; undefined where all was. */
  #from: number | undefined;
  /** Uploads that are complete since. */
  #uploads: { readonly project: string; readonly upload: string }[] = [];
  /** Series to be looked at though nothing was added to them, with their projects. */
  #again = new Map<number, string>();
  /** When alerts of each project were last looked at whose series may not be measured any more. */
  readonly #silenceLooked = new Map<string, number>();
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #waiting = 0;
  #unrecorded = 0;
  #isOver = false;
  /** Of this coordinator's time as the leader; what was begun in another is given up. */
  #term = 0;
  /** The longest turn without a pause, for tests. */
  longestTurn_ms = 0;

  constructor(parts: WatchParts) {
    this.#parts = parts;
    this.#reader = new SeriesReader(parts.queries);
    const { ledger } = parts;
    ledger.onApplied((facts) => {
      if (this.#leads) for (const fact of facts) this.#note(fact);
    });
    ledger.onRoleChange((role) => (role === "leader" ? this.#begin() : this.#end()));
    if (ledger.role === "leader") this.#begin();
  }

  /** Analyses of series, as they are kept. */
  get reader(): SeriesReader {
    return this.#reader;
  }

  /** Looks at once at all that has come. @returns whether that was done in time */
  async settle(wait_ms: number): Promise<boolean> {
    const { clock } = this.#parts;
    const until_ms = clock.monotonic_ms() + wait_ms;
    this.#waiting += 1;
    try {
      while (this.#leads && !this.#isOff && (this.#hasWork || this.#isTaking)) {
        const left_ms = until_ms - clock.monotonic_ms();
        if (left_ms <= 0) return false;
        if (this.#hasWork) this.#turnSoon(0);
        let timer: Timer | undefined;
        const late = new Promise<void>((resolve) => (timer = clock.after(left_ms, resolve)));
        const next = this.#running ?? new Promise<void>((resolve) => clock.after(this.#hasWork ? 1 : taking_ms, resolve));
        await Promise.race([next, late]);
        timer?.cancel();
      }
      return this.#leads;
    } finally {
      this.#waiting -= 1;
    }
  }

  async close(): Promise<void> {
    this.#isOver = true;
    this.#end();
    await this.#running;
  }

  get #leads(): boolean {
    return !this.#isOver && this.#parts.ledger.role === "leader";
  }

  get #isOff(): boolean {
    return !this.#parts.configuration.get("trends-alerts") || this.#parts.ledger.factVersion < factVersionNeeded;
  }

  get #hasWork(): boolean {
    return this.#from !== undefined || this.#uploads.length > 0 || this.#again.size > 0 || this.#running !== undefined;
  }

  /** Whether a run has ended whose points are not all there yet. */
  get #isTaking(): boolean {
    return this.#parts.queries.runs.nextOfTrends() !== undefined;
  }

  #begin(): void {
    this.#term += 1;
    this.#from = this.#parts.queries.alerts.judgedUntil();
    this.#uploads = [];
    // What was found different may not be told yet.
    const { queries, clock } = this.#parts;
    const ended = queries.confirmations.endedSince(clock.now_ms() - confirmedFor_ms, idsRead);
    this.#again = new Map(ended.map(({ series, project }) => [series, project]));
    this.#unrecorded = 0;
    this.#turnSoon(quiet_ms);
  }

  #end(): void {
    this.#term += 1;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#from = undefined;
    this.#uploads = [];
    this.#again.clear();
    this.#silenceLooked.clear();
    this.#reader.clear();
  }

  #note({ position, body }: Fact): void {
    if (body.type === "SettingChanged") {
      if (body.key.startsWith("trends-") && this.#hasWork) this.#turnSoon(quiet_ms);
      return;
    }
    if (body.type === "MetricsReported") {
      // Its points are seen from now on, also those that came with earlier parts.
      if (!body.last) return;
      this.#uploads.push({ project: body.project, upload: body.upload });
    } else if (body.type === "ConfirmationEnded") {
      const { queries, confirmations } = this.#parts;
      const row = queries.confirmations.byId(body.confirmation);
      if (row !== undefined) this.#again.set(row.series, row.project);
      for (const [series, project] of confirmations?.takeHeld() ?? []) this.#again.set(series, project);
    } else if (body.type === "RunEnded" || body.type === "TrendsTaken" || body.type === "TestRenamed")
      this.#markFrom(position - 1);
    else return;
    this.#turnSoon(quiet_ms);
  }

  #markFrom(position: number): void {
    this.#from = Math.min(this.#from ?? Infinity, position);
  }

  #turnSoon(delay_ms: number): void {
    if (this.#running !== undefined || !this.#leads) return;
    if (delay_ms > 0 && this.#timer !== undefined) return;
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.after(delay_ms, () => this.#run());
  }

  #run(): void {
    this.#timer = undefined;
    if (this.#running !== undefined || !this.#leads) return;
    if (this.#isOff) {
      if (this.#hasWork) this.#turnSoon(retry_ms);
      return;
    }
    const term = this.#term;
    const from = this.#from;
    const uploads = this.#uploads;
    const again = this.#again;
    [this.#from, this.#uploads, this.#again] = [undefined, [], new Map()];
    let again_ms = quiet_ms;
    this.#running = this.#round({ from, uploads, again }, term)
      .catch((error: unknown) => {
        if (term !== this.#term) return;
        // Nothing of it is lost: it is looked at again.
        if (from !== undefined) this.#markFrom(from);
        this.#uploads.unshift(...uploads);
        for (const [series, project] of again) this.#again.set(series, project);
        again_ms = retry_ms;
        const isUsual = error instanceof ShardwrightError && ["no-leader", "leadership-lost"].includes(error.code);
        if (!isUsual) this.#parts.log.error({ err: error }, "trends could not be judged; trying again");
      })
      .finally(() => {
        this.#running = undefined;
        if (this.#hasWork) this.#turnSoon(this.#waiting > 0 && again_ms === quiet_ms ? 0 : again_ms);
      });
  }

  async #round({ from, uploads, again }: Round, term: number): Promise<void> {
    const { queries, ledger, clock } = this.#parts;
    const turns = new Turns(clock, () => this.#waiting > 0);
    const breathe = async () => {
      await turns.breathe();
      if (term !== this.#term) throw new ShardwrightError("no-leader");
    };
    const latest = queries.alerts.latest();
    const begun = uploads.map(({ project, upload }) => queries.alerts.upload(project, upload)).filter((id) => id !== undefined);
    const after = Math.min(from ?? Infinity, ...begun.map((id) => id - 1));
    const ids = new Map<string, number[]>();
    for (let last = 0; Number.isFinite(after);) {
      const page = queries.alerts.touchedAfter(after, last, idsRead);
      for (const { id, project } of page) {
        const known = ids.get(project);
        if (known === undefined) ids.set(project, [id]);
        else known.push(id);
      }
      last = page.at(-1)?.id ?? last;
      await breathe();
      if (page.length < idsRead) break;
    }
    for (const [series, project] of again) {
      const known = ids.get(project) ?? [];
      if (!known.includes(series)) ids.set(project, [...known, series]);
    }
    let isDecided = false;
    for (const [project, all] of ids)
      for (let start = 0; start < all.length; start += batchLimit) {
        const facts = await judgeProject(
          { project, ids: all.slice(start, start + batchLimit) },
          { ...this.#parts, reader: this.#reader, breathe },
        );
        if (facts.length > 0) await ledger.append(facts);
        isDecided ||= facts.length > 0;
        this.#unrecorded += Math.min(batchLimit, all.length - start);
      }
    for (const project of ids.keys()) isDecided = (await this.#endSilent(project, breathe)) || isDecided;
    this.longestTurn_ms = Math.max(this.longestTurn_ms, turns.longest_ms);
    if (!isDecided && this.#unrecorded < unrecordedLimit) return;
    // An upload that is not complete yet shows what it brought before only then.
    const until = Math.min(latest, (queries.alerts.oldestUpload() ?? Infinity) - 1);
    await ledger.append([{ type: "TrendsJudged", until }]);
    this.#unrecorded = 0;
  }

  /** Of series that nothing is added to nobody is told: they are looked for now and then, where others were added to. */
  async #endSilent(project: string, breathe: () => Promise<void>): Promise<boolean> {
    const { clock, configuration, queries, ledger } = this.#parts;
    const now_ms = clock.now_ms();
    if (now_ms - (this.#silenceLooked.get(project) ?? 0) < silenceEvery_ms) return false;
    this.#silenceLooked.set(project, now_ms);
    const branches = watchedBranches(configuration.get("trends-branches"), project);
    const facts = await endUnmeasured(project, { queries, configuration, branches, now_ms, breathe });
    if (facts.length > 0) await ledger.append(facts);
    return facts.length > 0;
  }
}
