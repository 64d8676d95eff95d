import {
  type Fact,
  type FactBody,
  type FactVersions,
  type Repair,
  type RunId,
  ShardwrightError,
  factVersions,
  reasonOf,
  writableFacts,
} from "@shardwright/core";
import {
  type Configuration,
  Driver,
  type Entry,
  type Index,
  type Message,
  type NodeId,
  type Outcome,
  type Ports,
  type RaftEvent,
  type Settings,
  type Snapshot,
  type Stored,
  type Term,
  isVoter,
  votersOf,
} from "@shardwright/raft";
import type { Clock } from "../clock.ts";
import { Alarm } from "./alarm.ts";
import { Draft } from "./draft.ts";
import { decodeFacts } from "./fact-entry.ts";
import type { AppliedFact, Ledger, LedgerRole } from "./ledger.ts";
import { resultOf } from "./log-error.ts";
import type { Identity } from "./log-file.ts";
import { LogLength } from "./log-length.ts";
import type { LogWriter } from "./log-writer.ts";
import { errorOf } from "./outcome-error.ts";
import { type LogOptions, prepareLog } from "./prepare-log.ts";
import { successors } from "./successors.ts";
import { SyncWatch } from "./sync-watch.ts";
import { Tally } from "../observability/tally.ts";

/** How a node reaches the others; a node that is alone has none. */
export interface Peers {
  send(message: Message, address: string): void;
  /** Where a node said that it is; for those that no configuration here names. */
  addressOf(node: NodeId): string | undefined;
  /** Brings a snapshot's bytes over into a file of this node. @returns whether they are complete, checked and durable */
  fetch(address: string, snapshot: Snapshot): Promise<boolean>;
}

export interface RaftLedgerOptions extends LogOptions {
  readonly clock: Clock;
  readonly settings: Settings;
  readonly peers?: Peers;
  readonly onEvent?: (event: RaftEvent) => void;
  /** Who leads has changed, as far as this node knows. */
  readonly onLeader?: (leader: NodeId | undefined, term: Term) => void;
  /** Something was found damaged, or lost, and set right. */
  readonly onRepair?: (repair: Repair) => void;
  /** A write has waited for the disk for longer than an election may take, and again each time as much has passed; or it is done. */
  readonly onStall?: (stalled_ms: number | undefined) => void;
  /** A witness had to drop entries that a voter lacks. */
  readonly onMissed?: (upTo: Index) => void;
  /** Entries after which the log is shortened; 20,000 when absent. */
  readonly logLimit_entries?: number;
  /** What this node knows of facts; all that the program knows when absent. */
  readonly facts?: FactVersions;
  /** Uniform in [0, 1), for elections; a simulated world has its own, as it has its own turns. */
  readonly random?: () => number;
  /** Does something once this turn is over; `setImmediate` when absent. */
  readonly soon?: (work: () => void) => void;
}

/** How long a leader that is closed waits for somebody to take over. */
const handover_ms = 1500;
/** A disk that takes less for a write is slow, and no more than that. */
const stallMin_ms = 1000;
/** How long an answer is waited for that says how far the others are, and how often it is asked for. */
const barrierTurn_ms = 500;
const barrierTurns = 10;
const barrierLimit = 10_000;

/**
 * Opens the ledger of a coordinator: a member of a cluster, if only of one. A cluster of one leads when this resolves, and its
 * projections are brought up to the last fact.
 * @throws ShardwrightError `database-newer`, `database-in-use`, `database-damaged`, `state-unwritable`
 */
export async function openRaftLedger(options: RaftLedgerOptions): Promise<RaftLedger> {
  const { writer } = options;
  try {
    const { stored, identity, repairs } = await prepareLog(options);
    const ledger = new RaftLedger(options, stored, identity);
    for (const repair of repairs) ledger.note(repair);
    await ledger.begin();
    return ledger;
  } catch (error) {
    await writer.close();
    throw asStartUpTrouble(error);
  }
}

/** Before anything was acknowledged a disk without room is the disk's trouble, not the ledger's: nothing is in doubt. */
function asStartUpTrouble(error: unknown): unknown {
  if (!(error instanceof ShardwrightError) || error.details.unwritable === undefined) return error;
  const { unwritable: path, reason = "" } = error.details;
  return new ShardwrightError("state-unwritable", { path, reason }, { cause: error });
}

/** The ledger as a member of a Raft cluster sees it. */
export class RaftLedger implements Ledger {
  readonly identity: Identity;
  /** Elections that this node won since it started. */
  elections = 0;
  /** How long it took from when something was decided until a majority had it. */
  readonly committing = new Tally();
  readonly sync: SyncWatch;
  /** What had to be set right since it was opened. */
  readonly repairs: Repair[] = [];
  readonly #options: RaftLedgerOptions;
  readonly #writer: LogWriter;
  readonly #driver: Driver<number>;
  readonly #length: LogLength;
  readonly #appliedListeners: ((facts: readonly Fact[]) => void)[] = [];
  readonly #failureListeners: ((error: Error) => void)[] = [];
  readonly #restoredListeners: (() => void)[] = [];
  readonly #roleListeners: ((role: LedgerRole) => void)[] = [];
  /** What this node proposed itself, so that it need not be read again when it is applied. */
  readonly #proposed = new WeakMap<Uint8Array, Draft>();
  readonly #heard = new Map<NodeId, number>();
  readonly #configurationListeners = new Set<() => void>();
  #waiting: Draft[] = [];
  #isProposing = false;
  readonly #unanswered = new Set<Draft>();
  /** Appends that are under way. */
  readonly #open = new Set<Promise<number>>();
  #role: LedgerRole = "follower";
  readonly #alarm: Alarm;
  #failure: ShardwrightError | undefined;
  #barriers = 0;
  #isClosed = false;
  #leader: NodeId | undefined;
  #leaderTerm = 0;
  /** Its disk lost entries that are not here again. */
  #isLacking: boolean;
  /** When this node won the term that it leads. */
  #led_ms: number | undefined;
  /** How often somebody else was asked to lead since the disk has not answered. */
  #handovers = 0;

  constructor(options: RaftLedgerOptions, stored: Stored, identity: Identity) {
    this.#options = options;
    this.#writer = options.writer;
    this.identity = identity;
    const { settings, projections, random = Math.random } = options;
    this.#isLacking = stored.loss !== undefined;
    this.sync = new SyncWatch(options.clock, Math.max(stallMin_ms, settings.electionMax_ms), (stalled_ms) =>
      this.#stall(stalled_ms),
    );
    projections.onFailure((error) => this.#failToApply(error));
    this.#alarm = new Alarm(options.clock, () => {
      this.#driver.wake();
      this.#settle();
    });
    this.#driver = new Driver(
      { id: identity.node, settings, random, stored, applied: projections.applied },
      this.#ports(),
      (error) => this.#fail(error),
    );
    this.#length = new LogLength({
      driver: this.#driver,
      snapshots: options.durability === "full" ? options.snapshots : undefined,
      isWitness: options.isWitness ?? false,
      limit_entries: options.logLimit_entries,
      onMissed: options.onMissed,
    });
    this.#length.grew(stored.entries);
  }

  /** Remembers what was set right, and tells it. */
  note(found: Omit<Repair, "at">): void {
    const repair: Repair = { at: new Date(this.#options.clock.now_ms()).toISOString(), ...found };
    this.repairs.push(repair);
    this.#options.onRepair?.(repair);
  }

  /** A node that is alone need not wait for silence. */
  async begin(): Promise<void> {
    const { configuration } = this.#driver.state.log;
    const isAlone = votersOf(configuration).length === 1 && isVoter(configuration, this.identity.node);
    if (!isAlone) return;
    const led = Promise.withResolvers<void>();
    this.onRoleChange(() => led.resolve());
    this.onFailure((error) => led.reject(error));
    this.#driver.campaign();
    this.#settle();
    await led.promise;
  }

  get position(): number {
    return this.#options.projections.position;
  }

  get factVersion(): number {
    return this.#options.projections.factVersion;
  }

  get role(): LedgerRole {
    return this.#role;
  }

  /** Whether a copy of the tables is being made. */
  get isCompacting(): boolean {
    return this.#length.isCompacting;
  }

  /** What the consensus of this node knows; for whoever watches it. */
  get consensus(): Driver<number>["state"] {
    return this.#driver.state;
  }

  onRoleChange(listener: (role: LedgerRole) => void): void {
    this.#roleListeners.push(listener);
  }

  onApplied(listener: (facts: readonly Fact[]) => void): void {
    this.#appliedListeners.push(listener);
  }

  onRestored(listener: () => void): void {
    this.#restoredListeners.push(listener);
  }

  onFailure(listener: (error: Error) => void): void {
    this.#failureListeners.push(listener);
    // Whoever comes late must not wait for ever.
    if (this.#failure !== undefined) listener(this.#failure);
  }

  append(bodies: readonly FactBody[]): Promise<number> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal);
    try {
      return this.#append(writableFacts(bodies, this.factVersion, this.#knownFacts));
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Lets facts of this version be written from now on: whoever calls knows that every member can apply them. @throws as `append` */
  async raiseFactVersion(version: number): Promise<void> {
    if (this.#refusal !== undefined) throw this.#refusal;
    await this.#append([{ type: "FactVersionRaised", version }]);
  }

  /** Why nothing can be appended here, if it cannot. */
  get #refusal(): ShardwrightError | undefined {
    if (this.#failure !== undefined) return this.#failure;
    return this.#role !== "leader" || this.#isClosed ? new ShardwrightError("no-leader") : undefined;
  }

  #append(bodies: readonly FactBody[]): Promise<number> {
    if (bodies.length === 0) return Promise.all(this.#open).then(() => this.position);
    const promise = this.#draft().add(bodies);
    this.#open.add(promise);
    const forget = () => this.#open.delete(promise);
    promise.then(forget, forget);
    // What many requests decide in one turn is proposed together.
    if (!this.#isProposing) this.#proposeSoon();
    return promise;
  }

  /** The entry that what is appended now comes into. */
  #draft(): Draft {
    const { clock } = this.#options;
    const at_ms = clock.now_ms();
    const last = this.#waiting.at(-1);
    if (last?.takes(at_ms) === true) return last;
    const draft = new Draft(at_ms, clock.monotonic_ms());
    this.#waiting.push(draft);
    return draft;
  }

  history(run: RunId, after: number, limit: number): Fact[] {
    return this.#options.projections.history(run, after, limit);
  }

  async barrier(): Promise<void> {
    if (this.#barriers >= barrierLimit)
      throw new ShardwrightError("queue-full", { count: this.#barriers, what: "reads that wait for a majority", wait: "" });
    this.#barriers += 1;
    try {
      await this.#catchUp();
    } finally {
      this.#barriers -= 1;
    }
  }

  async #catchUp(): Promise<void> {
    // A question or its answer may be lost, and the leader may change: it is asked again.
    for (let turn = 0; turn < barrierTurns; turn += 1) {
      const isDone = await new Promise<boolean>((resolve) => {
        const timer = this.#options.clock.after(barrierTurn_ms, () => {
          giveUp();
          resolve(false);
        });
        const giveUp = this.#driver.read(() => {
          timer.cancel();
          resolve(true);
        });
        this.#settle();
      });
      if (isDone) return;
    }
    throw new ShardwrightError("no-leader");
  }

  /** When a member was last heard; undefined for one that never was. By the clock that does not go back. */
  heard_ms(id: NodeId): number | undefined {
    return this.#heard.get(id);
  }

  /** Whether this node leads, and the member has been heard since. */
  isHeardByLeader(id: NodeId): boolean {
    return this.#led_ms !== undefined && (this.#heard.get(id) ?? Number.NEGATIVE_INFINITY) >= this.#led_ms;
  }

  /** What waits here: facts for a majority, writes for the disk, facts for the tables, reads for the others. */
  get queues(): { proposals: number; log: number; tables: number; reads: number } {
    const { waitingWrites } = this.#driver;
    return {
      proposals: this.#open.size,
      log: waitingWrites,
      tables: this.#options.projections.waiting,
      reads: this.#barriers,
    };
  }

  /** How long it took to write facts into the tables. */
  get applying(): Tally {
    return this.#options.projections.writing;
  }

  receive(message: Message): void {
    if (this.#isClosed || this.#failure !== undefined) return;
    this.#heard.set(message.from, this.#options.clock.monotonic_ms());
    this.#driver.receive(message);
    this.#settle();
  }

  /** This node's process is known to be gone: if it leads, nobody need wait for its silence. */
  gone(node: NodeId): void {
    if (this.#isClosed || this.#failure !== undefined) return;
    this.#driver.leaderGone(node);
    this.#settle();
  }

  /**
   * Calls once, as soon as the next configuration of the log is applied here: what was applied up to there is in the tables then, and
   * nothing that comes after it.
   * @returns takes it back
   */
  atNextConfiguration(listener: () => void): () => void {
    this.#configurationListeners.add(listener);
    return () => this.#configurationListeners.delete(listener);
  }

  /** Changes who belongs to the cluster. @throws ShardwrightError `no-leader`, `leadership-lost`, `membership-refused` */
  change(configuration: Configuration): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#driver.change(configuration, (outcome) => {
        if (outcome.kind === "applied") resolve();
        else reject(errorOf(outcome));
      });
      this.#settle();
    });
  }

  /** @returns why leadership cannot be handed over, if it cannot */
  transfer(to?: NodeId): string | undefined {
    const refusal = this.#driver.transfer(to);
    this.#settle();
    return refusal;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    if (this.#open.size > 0) await Promise.race([Promise.allSettled(this.#open), this.#wait(handover_ms)]);
    await this.handOver();
    this.#isClosed = true;
    this.#driver.stop();
    this.#alarm.cancel();
    this.sync.close();
    await this.#writer.close();
    this.#options.projections.close();
  }

  #proposeSoon(): void {
    this.#isProposing = true;
    const { soon = setImmediate } = this.#options;
    soon(() => this.#propose());
  }

  #propose(): void {
    this.#isProposing = false;
    if (this.#mustWait) return;
    const together = this.#waiting;
    this.#waiting = [];
    for (const draft of together) {
      this.#unanswered.add(draft);
      this.#proposed.set(draft.data, draft);
    }
    const done = (outcome: Outcome<number>): void => {
      const error = this.#failure ?? (outcome.kind === "applied" ? undefined : errorOf(outcome));
      together.forEach((draft, at) => {
        this.#unanswered.delete(draft);
        const position = outcome.kind === "applied" ? outcome.results[at] : undefined;
        if (position === undefined) draft.fail(error ?? new ShardwrightError("leadership-lost"));
        else draft.applied(position);
      });
    };
    this.#driver.propose(
      together.map(({ data }) => data),
      done,
    );
    this.#settle();
  }

  /** Lets another member lead, if this one does and there is one. Resolves when that is done, or will not be. */
  async handOver(): Promise<void> {
    const { clock } = this.#options;
    // One that failed sends nothing any more: the others notice by themselves.
    if (this.#failure !== undefined) return;
    if (this.#role !== "leader" || votersOf(this.#driver.state.log.configuration).length < 2) return;
    await new Promise<void>((resolve) => {
      const timer = clock.after(handover_ms, resolve);
      this.onRoleChange(() => {
        timer.cancel();
        resolve();
      });
      if (this.transfer() !== undefined) resolve();
    });
  }

  #wait(duration_ms: number): Promise<void> {
    return new Promise((resolve) => this.#options.clock.after(duration_ms, resolve));
  }

  #ports(): Ports<number> {
    const { clock, peers, snapshots, projections, isWitness } = this.#options;
    return {
      now_ms: () => clock.monotonic_ms(),
      wakeAt: (time_ms) => this.#alarm.set(time_ms),
      write: (writes, done) => {
        for (const { entries = [] } of writes) this.#length.grew(entries);
        this.sync.begin();
        this.#writer.write(writes, (error) => {
          this.sync.end();
          done(error);
          this.#settle();
        });
      },
      send: (message) => {
        const address = this.addressOf(message.to);
        if (address !== undefined) peers?.send(message, address);
      },
      apply: (entries) => this.#apply(entries),
      restore: (snapshot) => {
        try {
          if (isWitness === true) projections.apply([], snapshot.index);
          else if (snapshots !== undefined) projections.restore(snapshots.pathOf(snapshot));
          for (const listener of this.#restoredListeners) listener();
        } catch (error) {
          this.#fail(error instanceof Error ? error : new Error(String(error)));
        }
      },
      makeSnapshot: (done) => {
        void this.#told(snapshots?.make(), done);
      },
      fetch: (from, snapshot, done) => {
        const address = this.addressOf(from);
        const fetched = address === undefined ? undefined : peers?.fetch(address, snapshot);
        void this.#told(fetched, (isComplete) => done(isComplete === true));
      },
      onEvent: (event) => {
        if (event.type === "became-leader") {
          this.elections += 1;
          this.#led_ms = clock.monotonic_ms();
        } else if (event.type === "became-follower") this.#led_ms = undefined;
        this.#options.onEvent?.(event);
      },
    };
  }

  /** Tells the driver what came of something, or that nothing did. */
  async #told<T>(coming: Promise<T> | undefined, tell: (what: T | undefined) => void): Promise<void> {
    let what: T | undefined;
    try {
      what = await coming;
    } catch {
      // Whoever asked tries again.
    }
    tell(what);
    this.#settle();
  }

  /** Where a member is reached, as far as this node knows. */
  addressOf(id: NodeId): string | undefined {
    const address = this.#driver.state.log.configuration.members.find((member) => member.id === id)?.address;
    return address === undefined || address === "" ? this.#options.peers?.addressOf(id) : address;
  }

  #apply(entries: readonly Entry[]): readonly number[] {
    const at = this.#configurationListeners.size === 0 ? -1 : entries.findIndex(({ kind }) => kind === "configuration");
    if (at === -1) return this.#applyAll(entries);
    const results = this.#applyAll(entries.slice(0, at + 1));
    try {
      this.#options.projections.settle();
    } catch {
      // Whoever listens for that was told.
    }
    const listeners = [...this.#configurationListeners];
    this.#configurationListeners.clear();
    for (const listener of listeners) listener();
    return [...results, ...this.#applyAll(entries.slice(at + 1))];
  }

  #applyAll(entries: readonly Entry[]): readonly number[] {
    if (entries.length === 0) return [];
    const { projections, isWitness } = this.#options;
    if (isWitness === true) {
      projections.apply([], entries.at(-1)?.index ?? projections.applied);
      return [];
    }
    const added: AppliedFact[] = [];
    const results: number[] = [];
    const now_ms = this.#options.clock.monotonic_ms();
    let { position } = projections;
    for (const entry of entries) {
      if (entry.kind !== "data") continue;
      const own = this.#proposed.get(entry.data);
      // The log keeps its entries for long, and must not keep what was read of them as well.
      this.#proposed.delete(entry.data);
      if (own !== undefined) this.committing.add(now_ms - own.since_ms);
      const { at_ms, bodies, texts } = own ?? decodeFacts(entry.data);
      bodies.forEach((body, at) => {
        position += 1;
        added.push({ fact: { position, at_ms, body }, text: texts[at] ?? "", entry: entry.index });
      });
      results.push(position);
    }
    try {
      projections.apply(added, entries.at(-1)?.index ?? projections.applied);
    } catch (error) {
      this.#failToApply(error);
      return [];
    }
    const facts = added.map(({ fact }) => fact);
    if (facts.length > 0) for (const listener of this.#appliedListeners) listener(facts);
    return results;
  }

  /** After each step: whether it leads by now, or no longer; and whether the log has grown long. */
  #settle(): void {
    if (this.#isClosed || this.#failure !== undefined) return;
    const { role, applied, leader, term, loss } = this.#driver.state;
    if (this.#isLacking && loss === undefined) {
      this.#isLacking = false;
      this.note({ kind: "entries-regained", what: `what this disk had lost is here again, up to entry ${applied}` });
    }
    if (leader !== this.#leader || (leader !== undefined && term !== this.#leaderTerm)) {
      this.#leader = leader;
      this.#leaderTerm = term;
      this.#options.onLeader?.(leader, term);
    }
    const { isWitness = false } = this.#options;
    // A witness that leads does so to hand over: there is nothing here to decide with.
    const current: LedgerRole = role.kind === "leader" && applied >= role.firstIndex && !isWitness ? "leader" : "follower";
    if (current !== this.#role) {
      if (current === "follower") this.#loseLeadership();
      this.#become(current);
    }
    if (this.#waiting.length > 0 && !this.#isProposing && !this.#mustWait) this.#proposeSoon();
    this.#length.look();
  }

  /**
   * Its disk does not answer. What it proposes may be committed by the others, but it applies and acknowledges nothing that is not on its
   * own disk: somebody whose disk answers has to lead. Nobody need vote here for that.
   */
  #stall(stalled_ms: number | undefined): void {
    this.#options.onStall?.(stalled_ms);
    if (stalled_ms === undefined) this.#handovers = 0;
    if (stalled_ms === undefined || this.#isClosed || this.#failure !== undefined) return;
    const { settings, clock } = this.#options;
    const since_ms = clock.monotonic_ms() - settings.electionMax_ms;
    const others = successors(this.#driver.state, (id) => (this.#heard.get(id) ?? Number.NEGATIVE_INFINITY) >= since_ms);
    // Another one each time: the disk of the first may be the same.
    const next = others[this.#handovers % Math.max(1, others.length)];
    if (next === undefined) return;
    this.#handovers += 1;
    this.transfer(next);
  }

  #become(role: LedgerRole): void {
    this.#role = role;
    for (const listener of this.#roleListeners) listener(role);
  }

  /**
   * Nothing is taken while leadership is handed over, or while too much waits for a majority. Who decided it remembers it as done: it waits
   * until somebody else leads, or until it can be proposed.
   */
  get #mustWait(): boolean {
    return this.#driver.isLeader && !this.#driver.wouldTake(this.#waiting.map(({ data }) => data));
  }

  /** Whoever waits is told now: it may be long until it is known what became of it. */
  #loseLeadership(): void {
    for (const draft of this.#unanswered) draft.fail(new ShardwrightError("leadership-lost"));
    this.#unanswered.clear();
    for (const draft of this.#waiting.splice(0)) draft.fail(new ShardwrightError("no-leader"));
  }

  get #knownFacts(): FactVersions {
    return this.#options.facts ?? factVersions;
  }

  #failToApply(error: unknown): void {
    if (error instanceof ShardwrightError && error.code === "version-too-old") return this.#fail(error);
    const reason = `its facts could not be applied: ${resultOf(error).reason}`;
    this.#fail(new ShardwrightError("ledger-failed", { reason }, { cause: error }));
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    const failure =
      error instanceof ShardwrightError ? error : new ShardwrightError("ledger-failed", { reason: reasonOf(error) });
    this.#failure = failure;
    this.#driver.stop();
    for (const draft of [...this.#unanswered, ...this.#waiting.splice(0)]) draft.fail(failure);
    this.#unanswered.clear();
    // Others lead by now, or soon: what would be decided here could not be recorded.
    if (this.#role === "leader") this.#become("follower");
    for (const listener of this.#failureListeners) listener(failure);
  }
}
