import type { Collected } from "../artifacts/collector.ts";
import type { AttemptOutcome, CaseResult, Failure, WorkerEvent } from "@shardwright/core";

/** Which execution of which task an event is about. */
export type AttemptIdentity = Pick<WorkerEvent, "run" | "fence" | "task" | "attempt">;

/** An event on its way to the coordinator. */
export interface Entry {
  event: WorkerEvent;
  /** The attempt's log, stored before the event that refers to it is sent. */
  readonly log?: Buffer | undefined;
  bytes: number;
}

export interface AttemptEnd {
  readonly outcome: AttemptOutcome;
  readonly duration_ms: number;
  readonly failure?: Failure | undefined;
  readonly log?: Buffer | undefined;
  readonly files?: Collected | undefined;
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
}

const defaultOutbox: OutboxOptions = { linger_ms: 50, casesInEvent: 200, limit: 20_000, limit_bytes: 64 * 1024 * 1024 };

/** Bounds of one request: the protocol's in events, what every coordinator takes in bytes. */
const requestLimit = 2000;
const requestLimit_bytes = 2 * 1024 * 1024;

/** What happened and has not been acknowledged, in order. Cases linger a moment so that they travel together; ends do not. */
export class Outbox {
  readonly #options: OutboxOptions;
  #queue: Entry[] = [];
  /** The entry of each attempt that further cases may join. */
  readonly #joinable = new Map<string, Entry>();
  /** The entry that says that an attempt began. */
  readonly #begun = new Map<string, Entry>();
  #inFlight: readonly Entry[] = [];
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
    return this.#isFull() ? new Promise((resolve) => this.#waitingForRoom.push(resolve)) : undefined;
  }

  /** Ends an attempt. What of it has not been taken travels in the same event. */
  finished(attempt: AttemptIdentity, cases: number, end: AttemptEnd): void {
    const { outcome, duration_ms, failure, log, files } = end;
    const { artifacts = [], notes = [] } = files ?? {};
    const said = artifacts.reduce((sum, { name }) => sum + name.length + 120, 0) + notes.join("").length;
    const bytes = 500 + said + (log?.length ?? 0);
    const last = this.#takeLast(attempt, bytes);
    const event: WorkerEvent = {
      type: "finished",
      ...attempt,
      outcome,
      duration_ms,
      ...(failure === undefined ? {} : { failure }),
      cases,
      ...(last !== undefined && { last: last.cases }),
      ...(artifacts.length === 0 ? {} : { artifacts: [...artifacts] }),
      ...(notes.length === 0 ? {} : { artifact_notes: [...notes] }),
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
      bytes += (this.#queue[count] as Entry).bytes;
      count += 1;
    }
    this.#inFlight = this.#queue.splice(0, count);
    for (const entry of this.#inFlight) {
      const key = keyOf(entry.event);
      if (this.#joinable.get(key) === entry) this.#joinable.delete(key);
      if (this.#begun.get(key) === entry) this.#begun.delete(key);
    }
    this.#urgent = this.#closed || this.#queue.some((entry) => isEnd(entry.event));
    if (!this.#urgent && this.#queue.length > 0) this.#linger();
    return this.#inFlight;
  }

  /** What was taken has been dealt with. */
  settle(): void {
    for (const entry of this.#inFlight) this.#forget(entry);
    this.#inFlight = [];
    this.#announce();
  }

  /** Drops what is not yet under way about these leases (or about one attempt). */
  discard(isMeant: (event: WorkerEvent) => boolean): void {
    for (const entry of this.#queue) {
      if (!isMeant(entry.event)) continue;
      this.#forget(entry);
      this.#joinable.delete(keyOf(entry.event));
      this.#begun.delete(keyOf(entry.event));
    }
    this.#queue = this.#queue.filter((entry) => !isMeant(entry.event));
    this.#announce();
  }

  /** The fences of the leases that unacknowledged events belong to. */
  fences(): Set<number> {
    return new Set([...this.#inFlight, ...this.#queue].map((entry) => entry.event.fence));
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
    this.#queue.splice(this.#queue.lastIndexOf(entry), 1);
    this.#forget(entry);
  }

  #push(entry: Entry, isUrgent: boolean): void {
    this.#queue.push(entry);
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
    this.#urgent = true;
    this.#wakeSender?.();
  }

  #isFull(): boolean {
    return this.#held >= this.#options.limit || this.#held_bytes >= this.#options.limit_bytes;
  }

  #forget(entry: Entry): void {
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

function isEnd(event: WorkerEvent): boolean {
  return event.type === "finished" || event.type === "released";
}

function weightOf(event: WorkerEvent): number {
  if (event.type === "cases") return event.cases.length;
  return event.type === "finished" ? 1 + (event.last?.length ?? 0) : 1;
}

/** About the bytes the case takes in memory and on the wire. */
function sizeOf(result: CaseResult): number {
  let size = 100;
  for (const part of result.path) size += part.length;
  return size + (result.message?.length ?? 0) + (result.details?.length ?? 0) + (result.output?.length ?? 0);
}
