import type { Collected } from "../artifacts/collector.ts";
import type { AttemptOutcome, CaseResult, Failure, Metric, WorkerEvent } from "@shardwright/core";
import type { Journal, LeftBehind, Stored } from "./journal.ts";

/** Which execution of which task an event is about. */
export type AttemptIdentity = Pick<WorkerEvent, "run" | "fence" | "task" | "attempt">;

/** An event on its way to the coordinator. */
export interface Entry {
  event: WorkerEvent;
  /** The attempt's log, stored before the event that refers to it is sent. */
  readonly log?: Buffer | undefined;
  bytes: number;
}

/** An event that waits, in memory, on the disk, or, while it is under way, in both. */
interface Waiting {
  /** Which it is; its contents may be on the disk. */
  readonly about: AttemptIdentity & Pick<WorkerEvent, "type">;
  entry: Entry | undefined;
  stored: Stored | undefined;
  /** What it takes in a request. */
  bytes: number;
}

export interface AttemptEnd {
  readonly outcome: AttemptOutcome;
  readonly duration_ms: number;
  readonly failure?: Failure | undefined;
  readonly metrics?: readonly Metric[] | undefined;
  readonly log?: Buffer | undefined;
  readonly files?: Collected | undefined;
  /** What tests measured and was left out, and why. */
  readonly measurement_notes?: readonly string[] | undefined;
}

export interface OutboxOptions {
  /** How long cases may wait for company. */
  readonly linger_ms: number;
  /** Cases sent together at most. */
  readonly casesInEvent: number;
  /** Events and cases held at most before tests are made to wait. */
  readonly limit: number;
  /** Bytes held at most before tests are made to wait. */
  readonly limit_bytes: number;
  /** The clock by which attempts end, and by which they are sent. */
  readonly now_ms: () => number;
  /** Takes what is held while no coordinator answers; all stays in memory when absent. */
  readonly journal?: Journal;
  /** Told when the journal cannot be written. */
  readonly onJournalTrouble?: (error: unknown) => void;
}

const defaultOutbox: OutboxOptions = {
  linger_ms: 50,
  casesInEvent: 200,
  limit: 20_000,
  limit_bytes: 64 * 1024 * 1024,
  now_ms: Date.now,
};

/** Bounds of one request: the protocol's in events, what every coordinator takes in bytes. */
const requestLimit = 2000;
const requestLimit_bytes = 2 * 1024 * 1024;

/**
 * What happened and has not been acknowledged, in order. Cases linger a moment so that they travel together; ends do not. While no
 * coordinator answers, all of it is in the journal as well, and in memory only what is under way: tests go on until the disk's limit, and
 * what a process that dies leaves there is handed in by the next.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  #queue: Waiting[] = [];
  /** The entry of each attempt that further cases may join. */
  readonly #joinable = new Map<string, Entry>();
  /** The entry that says that an attempt began. */
  readonly #begun = new Map<string, Entry>();
  #inFlight: readonly Waiting[] = [];
  #isAway = false;
  #held = 0;
  #held_bytes = 0;
  #urgent = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #wakeSender: (() => void) | undefined;
  #waitingForRoom: (() => void)[] = [];
  #waitingForEmpty: (() => void)[] = [];

  constructor(options: Partial<OutboxOptions> = {}) {
    this.#options = { ...defaultOutbox, ...options };
  }

  /** Takes in what workers before this one could not deliver. @returns how many events that are */
  takeUp(): number {
    let left: readonly LeftBehind[] = [];
    try {
      left = this.#options.journal?.leftBehind() ?? [];
    } catch (error) {
      this.#options.onJournalTrouble?.(error);
    }
    for (const { event, bytes, stored } of left) this.#queue.push({ about: aboutOf(event), entry: undefined, stored, bytes });
    if (left.length > 0) this.#hurry();
    return left.length;
  }

  /** No coordinator answers, or one does again. */
  away(isAway: boolean): void {
    this.#isAway = isAway && this.#options.journal !== undefined;
    this.#store();
  }

  started(attempt: AttemptIdentity): void {
    const entry: Entry = { event: { type: "started", ...attempt }, bytes: 100 };
    this.#begun.set(keyOf(attempt), entry);
    this.#push(entry, false);
  }

  /** Adds the case with this index within its attempt. Await the promise, if one comes back, before going on: the outbox is full. */
  addCase(attempt: AttemptIdentity, index: number, result: CaseResult): Promise<void> | undefined {
    const bytes = sizeOf(result);
    const key = keyOf(attempt);
    const entry = this.#joinable.get(key);
    const hasRoom = entry !== undefined && entry.bytes + bytes <= requestLimit_bytes;
    if (hasRoom && entry.event.type === "cases" && entry.event.cases.length < this.#options.casesInEvent) {
      entry.event.cases.push(result);
      entry.bytes += bytes;
      this.#held += 1;
      this.#held_bytes += bytes;
    } else {
      const fresh: Entry = { event: { type: "cases", ...attempt, first: index, cases: [result] }, bytes };
      this.#joinable.set(key, fresh);
      this.#push(fresh, false);
    }
    if (this.#isFull()) this.#store();
    return this.#isFull() ? new Promise((resolve) => this.#waitingForRoom.push(resolve)) : undefined;
  }

  /** Ends an attempt. What of it has not been taken travels in the same event. */
  finished(attempt: AttemptIdentity, cases: number, end: AttemptEnd): void {
    const { outcome, duration_ms, failure, metrics = [], log, files, measurement_notes = [] } = end;
    const { artifacts = [], notes = [] } = files ?? {};
    const said =
      artifacts.reduce((sum, { name }) => sum + name.length + 120, 0) + [...notes, ...measurement_notes].join("").length;
    const bytes = 500 + said + (metrics.length === 0 ? 0 : JSON.stringify(metrics).length) + (log?.length ?? 0);
    const last = this.#takeLast(attempt, bytes);
    const event: WorkerEvent = {
      type: "finished",
      ...attempt,
      outcome,
      duration_ms,
      ended_at_ms: this.#options.now_ms(),
      ...(failure === undefined ? {} : { failure }),
      cases,
      ...(metrics.length === 0 ? {} : { metrics: [...metrics] }),
      ...(last !== undefined && { last: last.cases }),
      ...(artifacts.length === 0 ? {} : { artifacts: [...artifacts] }),
      ...(notes.length === 0 ? {} : { artifact_notes: [...notes] }),
      ...(measurement_notes.length === 0 ? {} : { measurement_notes: [...measurement_notes] }),
    };
    this.#push({ event, log, bytes: bytes + (last?.bytes ?? 0) }, true);
  }

  released(attempt: AttemptIdentity, reason: string): void {
    this.#push({ event: { type: "released", ...attempt, reason }, bytes: 200 }, true);
  }

  /** The next events to send, once there are some that should wait no longer; undefined when closed and empty. */
  async take(): Promise<readonly Entry[] | undefined> {
    while (!this.#urgent || this.#queue.length === 0) {
      if (this.#closed && this.#queue.length === 0) return undefined;
      await new Promise<void>((resolve) => (this.#wakeSender = resolve));
    }
    let bytes = 0;
    let count = 0;
    while (count < this.#queue.length && count < requestLimit && (count === 0 || bytes < requestLimit_bytes)) {
      bytes += sizeOfWaiting(this.#queue[count] as Waiting);
      count += 1;
    }
    this.#inFlight = this.#queue.splice(0, count);
    for (const { about, entry } of this.#inFlight) {
      const key = keyOf(about);
      if (entry !== undefined && this.#joinable.get(key) === entry) this.#joinable.delete(key);
      if (entry !== undefined && this.#begun.get(key) === entry) this.#begun.delete(key);
    }
    this.#urgent = this.#closed || this.#queue.some(({ about }) => isEnd(about));
    if (!this.#urgent && this.#queue.length > 0) this.#linger();
    return this.#inFlight.flatMap((waiting) => this.#load(waiting) ?? []);
  }

  /** What was taken has been dealt with. */
  settle(): void {
    for (const waiting of this.#inFlight) this.#forget(waiting);
    this.#inFlight = [];
    this.#announce();
  }

  /** Drops what is not yet under way about these leases (or about one attempt). */
  discard(isMeant: (event: AttemptIdentity) => boolean): void {
    for (const waiting of this.#queue) {
      if (!isMeant(waiting.about)) continue;
      this.#forget(waiting);
      this.#joinable.delete(keyOf(waiting.about));
      this.#begun.delete(keyOf(waiting.about));
    }
    this.#queue = this.#queue.filter(({ about }) => !isMeant(about));
    this.#announce();
  }

  /** The fences of the leases that unacknowledged events belong to. */
  fences(): Set<number> {
    return new Set([...this.#inFlight, ...this.#queue].map(({ about }) => about.fence));
  }

  /** Sends what there is without lingering; resolves when all of it has been dealt with. */
  async flush(): Promise<void> {
    if (this.#queue.length > 0) this.#hurry();
    if (this.#queue.length + this.#inFlight.length > 0) await new Promise<void>((resolve) => this.#waitingForEmpty.push(resolve));
  }

  /** Nothing more will come: `take` ends when all is sent. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#hurry();
  }

  /** Takes the cases of an attempt that wait, and that it began, out of the queue: its end says both. */
  #takeLast(attempt: AttemptIdentity, bytes: number): { cases: CaseResult[]; bytes: number } | undefined {
    const key = keyOf(attempt);
    const begun = this.#begun.get(key);
    if (begun !== undefined) this.#remove(begun);
    this.#begun.delete(key);
    const entry = this.#joinable.get(key);
    if (entry?.event.type !== "cases" || entry.bytes + bytes > requestLimit_bytes) return undefined;
    this.#remove(entry);
    this.#joinable.delete(key);
    return { cases: entry.event.cases, bytes: entry.bytes };
  }

  #remove(entry: Entry): void {
    // It came lately: it is looked for from the end.
    const index = this.#queue.findLastIndex((waiting) => waiting.entry === entry);
    for (const waiting of this.#queue.splice(index, 1)) this.#forget(waiting);
  }

  #push(entry: Entry, isUrgent: boolean): void {
    this.#queue.push({ about: aboutOf(entry.event), entry, stored: undefined, bytes: 0 });
    this.#held += weightOf(entry.event);
    this.#held_bytes += entry.bytes;
    if (isUrgent) this.#hurry();
    else this.#linger();
  }

  #linger(): void {
    this.#timer ??= setTimeout(() => this.#hurry(), this.#options.linger_ms);
  }

  #hurry(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#store();
    this.#urgent = true;
    this.#wakeSender?.();
  }

  #isFull(): boolean {
    return this.#held >= this.#options.limit || this.#held_bytes >= this.#options.limit_bytes;
  }

  /** While nobody answers: puts what waits on the disk, and out of memory unless it is under way. */
  #store(): void {
    const { journal, onJournalTrouble } = this.#options;
    if (!this.#isAway || journal === undefined) return;
    try {
      for (const waiting of this.#inFlight) if (waiting.entry !== undefined) waiting.stored ??= journal.write(waiting.entry);
      // What is stored comes before what is not.
      const first = this.#queue.findLastIndex(({ stored }) => stored !== undefined) + 1;
      for (const waiting of this.#queue.slice(first)) {
        waiting.stored = waiting.entry && journal.write(waiting.entry);
        if (waiting.stored === undefined || waiting.entry === undefined) break;
        this.#unload(waiting, waiting.entry);
      }
    } catch (error) {
      // All that is not stored stays in memory, whose limit makes tests wait.
      this.#isAway = false;
      onJournalTrouble?.(error);
    }
    this.#announce();
  }

  #unload(waiting: Waiting, entry: Entry): void {
    const key = keyOf(waiting.about);
    if (this.#joinable.get(key) === entry) this.#joinable.delete(key);
    if (this.#begun.get(key) === entry) this.#begun.delete(key);
    this.#release(entry);
    waiting.bytes = entry.bytes;
    waiting.entry = undefined;
  }

  /** Undefined where the disk no longer has it; its attempt then cannot be completed, which the coordinator notices. */
  #load(waiting: Waiting): Entry | undefined {
    if (waiting.entry !== undefined) return waiting.entry;
    try {
      const record = waiting.stored?.read();
      if (record === undefined) return undefined;
      waiting.entry = { ...record, bytes: waiting.bytes };
      this.#held += weightOf(record.event);
      this.#held_bytes += waiting.bytes;
    } catch (error) {
      this.#options.onJournalTrouble?.(error);
    }
    return waiting.entry;
  }

  #forget({ entry, stored }: Waiting): void {
    if (entry !== undefined) this.#release(entry);
    stored?.done();
  }

  #release(entry: Entry): void {
    this.#held -= weightOf(entry.event);
    this.#held_bytes -= entry.bytes;
  }

  #announce(): void {
    if (!this.#isFull()) for (const resolve of this.#waitingForRoom.splice(0)) resolve();
    if (this.#queue.length + this.#inFlight.length === 0) for (const resolve of this.#waitingForEmpty.splice(0)) resolve();
  }
}

export function identityOf(
  run: string,
  fence: number,
  leased: { readonly task: number; readonly attempt: number },
): AttemptIdentity {
  return { run, fence, task: leased.task, attempt: leased.attempt };
}

function keyOf(attempt: AttemptIdentity): string {
  return `${attempt.run} ${attempt.fence} ${attempt.task} ${attempt.attempt}`;
}

export function isOf(event: AttemptIdentity, attempt: AttemptIdentity): boolean {
  return keyOf(event) === keyOf(attempt);
}

function aboutOf({ type, run, fence, task, attempt }: WorkerEvent): Waiting["about"] {
  return { type, run, fence, task, attempt };
}

function sizeOfWaiting({ entry, bytes }: Waiting): number {
  return entry?.bytes ?? bytes;
}

function isEnd({ type }: Pick<WorkerEvent, "type">): boolean {
  return type === "finished" || type === "released";
}

function weightOf(event: WorkerEvent): number {
  if (event.type === "cases") return event.cases.length;
  return event.type === "finished" ? 1 + (event.last?.length ?? 0) : 1;
}

/** About the bytes the case takes in memory and on the wire. */
function sizeOf(result: CaseResult): number {
  let size = 100;
  for (const part of result.path) size += part.length;
  if (result.metrics !== undefined) size += JSON.stringify(result.metrics).length;
  return size + (result.message?.length ?? 0) + (result.details?.length ?? 0) + (result.output?.length ?? 0);
}
