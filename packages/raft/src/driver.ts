import { type Outcome, PendingProposals } from "./pending-proposals.ts";
import { wouldTake } from "./proposals.ts";
import { start, type StartOptions, type State } from "./state.ts";
import { nextDeadline_ms, step } from "./step.ts";
import type {
  Configuration,
  Effects,
  Entry,
  Index,
  Input,
  Message,
  NodeId,
  RaftEvent,
  Refusal,
  Snapshot,
  Write,
} from "./types.ts";

/** What a node needs of the world. None of these calls the node back before it returns. */
export interface Ports<Result> {
  /** A clock that does not go back. */
  now_ms(): number;
  /** Asks for `wake` at this time; the latest call holds. */
  wakeAt(time_ms: number): void;
  /** Makes all of these durable, in order. One call runs at a time. `done` with an error stops the node: a failed sync cannot be repeated. */
  write(writes: readonly Write[], done: (error?: Error) => void): void;
  /** May lose, delay, repeat and reorder them. */
  send(message: Message): void;
  /** Changes the tables, each entry once and in order, and remembers the last index with them. */
  apply(entries: readonly Entry[]): readonly Result[];
  /** Replaces the tables by a snapshot that was fetched. */
  restore(snapshot: Snapshot): void;
  /** Copies the tables as they are after some applied entry; `done` without one when that failed. One is made at a time. */
  makeSnapshot(done: (copy: TableCopy | undefined) => void): void;
  /** Fetches and checks a snapshot's bytes and makes them durable. A later call replaces an earlier one, whose `done` is not called. */
  fetch(from: NodeId, snapshot: Snapshot, done: (isComplete: boolean) => void): void;
  onEvent(event: RaftEvent): void;
}

/** The tables as they were after entry `index`. */
export type TableCopy = Pick<Snapshot, "index" | "bytes" | "digest">;

/** What may wait for a disk that does not answer; messages beyond are lost, as they may be anywhere. */
const queueLimit = 1000;

/**
 * Carries out what the steps of one node ask for, in the order that consensus relies on: one write at a time, what comes meanwhile is
 * the next one (group commit), and what may leave only after a write waits for it.
 */
export class Driver<Result> {
  readonly state: State;
  readonly #ports: Ports<Result>;
  readonly #fail: (error: Error) => void;
  #queue: { readonly write: Write | undefined; readonly messages: readonly Message[] }[] = [];
  #isWriting = false;
  #isStopped = false;
  readonly #proposals: PendingProposals<Result>;
  #reads = new Map<number, (index: Index) => void>();
  /** Reads of which it is known how far they have to wait. */
  #waitingForIndex = new Map<number, { readonly index: Index; readonly done: (index: Index) => void }>();
  #lastRead: number;
  /** Those who asked, told when the step is carried out as a whole: they may ask again. */
  #answers: (() => void)[] = [];

  /** @param fail told once, when a write failed: the process has to end */
  constructor(options: Omit<StartOptions, "now_ms">, ports: Ports<Result>, fail: (error: Error) => void) {
    this.#ports = ports;
    this.#fail = fail;
    // An answer may come that was asked for before the process was started anew: its number must not be in use again.
    this.#proposals = new PendingProposals(
      () => this.state.leader,
      (answer) => this.#answers.push(answer),
    );
    this.#lastRead = Math.floor(options.random() * 2 ** 48);
    this.state = start({ ...options, now_ms: ports.now_ms() });
    this.#wakeLater();
  }

  get isLeader(): boolean {
    return this.state.role.kind === "leader";
  }

  /** Writes that wait for the one that is under way, and that one. */
  get waitingWrites(): number {
    return this.#queue.length + Number(this.#isWriting);
  }

  wake(): void {
    this.#drive({ type: "tick" });
  }

  receive(message: Message): void {
    this.#drive({ type: "receive", message });
  }

  /** Reads that are neither answered nor given up. */
  get waitingReads(): number {
    return this.#reads.size + this.#waitingForIndex.size;
  }

  /** Commands, all or none taken into the log, applied one after the other. */
  propose(data: readonly Uint8Array[], done: (outcome: Outcome<Result>) => void): void {
    this.#ask({ type: "propose", data }, done);
  }

  /** Whether `propose` would take these now, if this node leads. */
  wouldTake(data: readonly Uint8Array[]): boolean {
    return wouldTake(this.state, data);
  }

  change(configuration: Configuration, done: (outcome: Outcome<Result>) => void): void {
    this.#ask({ type: "change", configuration }, done);
  }

  /**
   * `done` when what is applied here is at least what was committed when this was called. Without a quorum it waits.
   * @returns gives it up
   */
  read(done: (index: Index) => void): () => void {
    this.#lastRead += 1;
    const id = this.#lastRead;
    this.#reads.set(id, done);
    this.#drive({ type: "read", id });
    return () => {
      this.#reads.delete(id);
      this.#waitingForIndex.delete(id);
    };
  }

  /** @returns why not, if it cannot even begin */
  transfer(to?: NodeId): Refusal | undefined {
    const answer = this.#drive({ type: "transfer", ...(to === undefined ? {} : { to }) });
    return answer?.isAccepted === false ? answer.refusal : undefined;
  }

  /** The leader's process is known to be gone. */
  leaderGone(leader: NodeId): void {
    this.#drive({ type: "leader-gone", leader });
  }

  campaign(): void {
    this.#drive({ type: "campaign" });
  }

  /** @param copy of the tables, from which they can be made again if they are lost */
  compact(to: Index, copy?: TableCopy): void {
    const snapshot = this.#place(copy);
    if (copy === undefined || snapshot !== undefined) this.#drive({ type: "compact", to, snapshot });
  }

  /** Does nothing any more, and calls nobody. */
  stop(): void {
    this.#isStopped = true;
  }

  #ask(input: Input & { type: "propose" | "change" }, done: (outcome: Outcome<Result>) => void): void {
    // It has to be known before its effects are carried out: a node that is alone may apply it at once.
    let isTaken = false;
    const answer = this.#drive(input, (effects) => {
      if (effects.answer?.isAccepted !== true) return;
      isTaken = true;
      this.#proposals.add(effects.answer, this.state.applied, done);
    });
    if (isTaken) return;
    const refusal = answer?.isAccepted === false ? answer : undefined;
    done({ kind: "refused", refusal: refusal?.refusal ?? "not-leader", leader: refusal?.leader });
  }

  #drive(input: Input, look?: (effects: Effects) => void): Effects["answer"] {
    if (this.#isStopped) return undefined;
    const effects = step(this.state, this.#ports.now_ms(), input);
    look?.(effects);
    this.#carryOut(effects);
    for (const answer of this.#answers.splice(0)) answer();
    return effects.answer;
  }

  #carryOut(effects: Effects): void {
    for (const message of effects.messages) this.#ports.send(message);
    const isLost = effects.write === undefined && this.#queue.length >= queueLimit;
    if (effects.write !== undefined || (effects.messagesAfterWrite.length > 0 && !isLost)) {
      this.#queue.push({ write: effects.write, messages: effects.messagesAfterWrite });
      this.#writeNext();
    }
    if (effects.restore !== undefined) {
      this.#ports.restore(effects.restore);
      // The tables could not be replaced: what follows belongs into the new ones.
      if (this.#isStopped) return;
      this.#proposals.forgetUpTo(effects.restore.index);
    }
    if (effects.apply.length > 0) this.#apply(effects.apply);
    if (effects.fetch !== undefined) this.#fetch(effects.fetch);
    if (effects.makesSnapshot) this.#makeSnapshot();
    for (const { id, index } of effects.reads) this.#answerRead(id, index);
    this.#answerWaiting();
    for (const event of effects.events) this.#ports.onEvent(event);
    this.#wakeLater();
  }

  #wakeLater(): void {
    if (!this.#isStopped) this.#ports.wakeAt(nextDeadline_ms(this.state));
  }

  #writeNext(): void {
    if (this.#isWriting) return;
    const batch = this.#queue;
    this.#queue = [];
    const writes = batch.flatMap(({ write }) => write ?? []);
    if (writes.length === 0) {
      for (const { messages } of batch) for (const message of messages) this.#ports.send(message);
      return;
    }
    this.#isWriting = true;
    this.#ports.write(writes, (error) => {
      if (this.#isStopped) return;
      if (error !== undefined) {
        // What is on the disk is not known any more, and nobody may build on it.
        this.stop();
        this.#fail(error);
        return;
      }
      this.#isWriting = false;
      for (const { messages } of batch) for (const message of messages) this.#ports.send(message);
      const token = writes.at(-1)?.token;
      if (token !== undefined) this.#drive({ type: "persisted", token });
      if (this.#queue.length > 0) this.#writeNext();
    });
  }

  #apply(entries: readonly Entry[]): void {
    const results = this.#ports.apply(entries);
    let at = 0;
    for (const entry of entries) {
      this.#proposals.applied(entry, results[at] as Result);
      if (entry.kind === "data") at += 1;
    }
  }

  #fetch({ from, snapshot }: { from: NodeId; snapshot: Snapshot }): void {
    this.#ports.fetch(from, snapshot, (isComplete) => this.#drive({ type: "snapshot-fetched", snapshot, isComplete }));
  }

  #makeSnapshot(): void {
    this.#ports.makeSnapshot((copy) => this.#drive({ type: "snapshot-made", snapshot: this.#place(copy) }));
  }

  /** Where in the log a copy of the tables stands; nowhere, if the log begins after it. */
  #place(copy: TableCopy | undefined): Snapshot | undefined {
    const { log } = this.state;
    const term = copy === undefined ? undefined : log.termAt(copy.index);
    if (copy === undefined || term === undefined) return undefined;
    return { ...copy, term, configuration: log.configurationAt(copy.index) };
  }

  #answerRead(id: number, index: Index): void {
    const done = this.#reads.get(id);
    this.#reads.delete(id);
    if (done !== undefined) this.#waitingForIndex.set(id, { index, done });
  }

  #answerWaiting(): void {
    const { applied } = this.state;
    for (const [id, { index, done }] of this.#waitingForIndex) {
      if (index > applied) continue;
      this.#waitingForIndex.delete(id);
      this.#answers.push(() => done(applied));
    }
  }
}
