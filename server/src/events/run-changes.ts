import type { Fact, RunChange, RunId } from "@shardwright/core";
import type { Clock, Timer } from "../clock.ts";
import type { Queries } from "../database/queries.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { type Parts as Work, inTurns } from "../parts-of-work.ts";
import type { ReadyEventSource, ServerSent } from "./server-sent.ts";

/** How long changes are gathered: a run that changes again and again is told once in that time. */
const gather_ms = 1000;
/** Events that are sent in a second to all watchers together: with more, changes are gathered for longer. */
const sentInSecond = 20_000;
/** Runs that are told one by one at a time, and rows of facts that are gone through for one who comes back. */
const runsTold = 200;
const rowsRead = 2000;
/** Places from which some come back that are kept at a time. */
const lookedUpLimit = 20;
/** Events that wait for one who does not read; with more, the list is to be asked for anew. */
const waitingLimit = 1000;

/** Facts that change what a list of runs shows of one. */
const telling: ReadonlySet<Fact["body"]["type"]> = new Set([
  "RunSubmitted",
  "RunReopened",
  "AttemptFinished",
  "TasksSettled",
  "RunCancelled",
  "RunEnded",
  "RunJudged",
]);

interface Parts {
  readonly ledger: Pick<Ledger, "position" | "onApplied" | "onRestored">;
  readonly queries: Pick<Queries, "runs">;
  readonly clock: Clock;
}

interface Watcher {
  readonly project: string | undefined;
  readonly ring: () => void;
  waiting: ServerSent[];
}

/** An event for those who see a project; for all where there is none. */
interface Told {
  readonly project: string | undefined;
  readonly event: ServerSent;
}

/**
 * Tells those who show a list of runs what has become of them. Each change is looked up and written once however many watch, on whichever
 * node they do; who comes back is told what has changed meanwhile.
 */
export class RunChanges {
  readonly #parts: Parts;
  readonly #watchers = new Set<Watcher>();
  #changed = new Set<RunId>();
  #isListChanged = false;
  /** What those are told that come back, by where they were; as long as nothing more happens. */
  #lookedUp: { readonly position: number; readonly after: Map<number, Promise<readonly Told[]>> } = {
    position: -1,
    after: new Map(),
  };
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    parts.ledger.onApplied((facts) => this.#applied(facts));
    parts.ledger.onRestored(() => {
      this.#isListChanged = true;
      this.#tellLater();
    });
  }

  /** @param after where the list stands that the watcher has; all that comes from now on where it is left out */
  open({ project, after }: { project: string | undefined; after: number | undefined }, ring: () => void): ReadyEventSource {
    const watcher: Watcher = { project, ring, waiting: [] };
    // What was gathered before this one came is told to all: it does no harm to be told twice.
    this.#watchers.add(watcher);
    if (after !== undefined && after < this.#parts.ledger.position) void this.#catchUp(watcher, after);
    return {
      next() {
        const events = watcher.waiting;
        watcher.waiting = [];
        return events;
      },
      isOver: false,
      close: () => void this.#watchers.delete(watcher),
    };
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #applied(facts: readonly Fact[]): void {
    if (this.#watchers.size === 0) return;
    for (const { body } of facts) {
      if (body.type === "RunsPurged") this.#isListChanged = true;
      else if (telling.has(body.type) && "run" in body) this.#changed.add(body.run);
    }
    this.#tellLater();
  }

  #tellLater(wait_ms = gather_ms): void {
    const isNews = this.#isListChanged || this.#changed.size > 0;
    if (this.#isClosed || this.#timer !== undefined || !isNews) return;
    this.#timer = this.#parts.clock.after(wait_ms, () => void this.#tell());
  }

  /** The timer stays until all is told: one telling at a time. */
  async #tell(): Promise<void> {
    const changed = this.#isListChanged || this.#changed.size > runsTold ? undefined : this.#changed;
    [this.#changed, this.#isListChanged] = [new Set(), false];
    let sent = 0;
    try {
      const told = await this.#look(changed);
      for (const watcher of this.#watchers) sent += give(watcher, told);
    } catch {
      // The tables cannot be read: who watches asks for the list, and is told why.
      for (const watcher of this.#watchers) sent += give(watcher, [this.#listEvent()]);
    }
    this.#timer = undefined;
    this.#tellLater(Math.max(gather_ms, (1000 * sent) / sentInSecond));
  }

  async #catchUp(watcher: Watcher, after: number): Promise<void> {
    try {
      give(watcher, await this.#missed(after));
    } catch {
      give(watcher, [this.#listEvent()]);
    }
  }

  /** After a failover all come back at once, and most of them had heard the same last: it is looked up for all of them together. */
  #missed(after: number): Promise<readonly Told[]> {
    const { position } = this.#parts.ledger;
    if (this.#lookedUp.position !== position) this.#lookedUp = { position, after: new Map() };
    const known = this.#lookedUp.after.get(after);
    if (known !== undefined) return known;
    const touched = this.#parts.queries.runs.touchedSince(after, rowsRead);
    const told = this.#look(touched !== undefined && touched.size <= runsTold ? touched : undefined);
    if (this.#lookedUp.after.size < lookedUpLimit) this.#lookedUp.after.set(after, told);
    return told;
  }

  /** @param changed undefined for too many */
  #look(changed: ReadonlySet<RunId> | undefined): Promise<readonly Told[]> {
    if (changed === undefined) return Promise.resolve([this.#listEvent()]);
    return inTurns(this.#eventsOf(changed), this.#parts.clock);
  }

  *#eventsOf(changed: ReadonlySet<RunId>): Work<Told[]> {
    // Whatever is read below knows at least this much.
    const { position } = this.#parts.ledger;
    const told: Told[] = [];
    for (const each of changed) {
      const run = this.#parts.queries.runs.listed(each);
      if (run !== undefined) told.push({ project: run.project, event: eventOf(position, { type: "run", run, position }) });
      yield;
    }
    return told;
  }

  #listEvent(): Told {
    return { project: undefined, event: eventOf(this.#parts.ledger.position, { type: "list" }) };
  }
}

function eventOf(position: number, change: RunChange): ServerSent {
  return { id: String(position), data: JSON.stringify(change) };
}

/** @returns how many events the watcher was given */
function give(watcher: Watcher, told: readonly Told[]): number {
  let given = 0;
  for (const { project, event } of told) {
    if (project !== undefined && watcher.project !== undefined && project !== watcher.project) continue;
    watcher.waiting.push(event);
    given += 1;
  }
  const last = watcher.waiting.at(-1);
  if (watcher.waiting.length > waitingLimit && last?.id !== undefined)
    watcher.waiting = [eventOf(Number(last.id), { type: "list" })];
  if (given > 0) watcher.ring();
  return given;
}
