import {
  type Fact,
  type FactBody,
  type Repair,
  type RunId,
  ShardwrightError,
  factVersions,
  writableFacts,
} from "@shardwright/core";
import { type Configuration, Driver, type Message, type NodeId, type Stored, isVoter, votersOf } from "@shardwright/raft";
import { Alarm } from "./alarm.ts";
import { ConfigurationChanges } from "./configuration-changes.ts";
import { Contacts } from "./contacts.ts";
import { EntryApplier } from "./entry-applier.ts";
import { Handover, handover_ms } from "./handover.ts";
import type { RaftLedgerOptions } from "./ledger-options.ts";
import { portsOf } from "./ledger-ports.ts";
import { LedgerFailure } from "./ledger-failure.ts";
import { LedgerFigures } from "./ledger-figures.ts";
import type { Ledger, LedgerRole } from "./ledger.ts";
import type { Identity } from "./log-file.ts";
import { LogLength } from "./log-length.ts";
import type { PreparedLog } from "./prepare-log.ts";
import { ProposalQueue } from "./proposal-queue.ts";
import { ReadBarrier } from "./read-barrier.ts";
import { Repairs } from "./repairs.ts";
import { RoleWatch } from "./role-watch.ts";
import { SyncWatch } from "./sync-watch.ts";

/** A disk that takes less for a write is slow, and no more than that. */
const stallMin_ms = 1000;

/** The ledger as a member of a Raft cluster sees it: who leads, from its start until it is closed or has failed. */
export class RaftLedger implements Ledger {
  readonly identity: Identity;
  readonly sync: SyncWatch;
  readonly contacts: Contacts;
  readonly figures: LedgerFigures;
  readonly #options: RaftLedgerOptions;
  readonly #driver: Driver<number>;
  readonly #alarm: Alarm;
  readonly #applier: EntryApplier;
  readonly #proposals: ProposalQueue;
  readonly #changes: ConfigurationChanges;
  readonly #reads: ReadBarrier;
  readonly #length: LogLength;
  readonly #repairs: Repairs;
  readonly #roles: RoleWatch;
  readonly #handover: Handover;
  readonly #failure = new LedgerFailure();
  #isClosed = false;

  constructor(options: RaftLedgerOptions, { stored, identity, snapshot }: Omit<PreparedLog, "repairs">) {
    this.#options = options;
    this.identity = identity;
    const { clock, settings, projections, snapshots, isWitness = false } = options;
    const settle = () => this.#settle();
    this.#repairs = new Repairs(clock, options.onRepair, stored.loss !== undefined);
    this.sync = new SyncWatch(clock, Math.max(stallMin_ms, settings.electionMax_ms), (stalled_ms) => this.#stall(stalled_ms));
    projections.onFailure((error) => this.#failure.failToApply(error));
    this.#alarm = new Alarm(clock, () => {
      this.#driver.wake();
      settle();
    });
    const contacts = new Contacts(clock);
    const applier = new EntryApplier({
      projections,
      snapshots,
      clock,
      isWitness,
      ownDraft: (data) => this.#proposals.take(data),
      fail: (error) => this.#failure.failToApply(error),
    });
    [this.contacts, this.#applier] = [contacts, applier];
    const driver = this.#drive(stored);
    const { soon = setImmediate } = options;
    const proposals = new ProposalQueue({ driver, clock, soon, position: () => this.position, settle });
    const reads = new ReadBarrier(driver, clock, settle);
    const changes = new ConfigurationChanges(driver, settle);
    const onLost = (): void => {
      proposals.loseLeadership();
      changes.loseLeadership();
    };
    const roles = new RoleWatch({ isWitness, onLeader: options.onLeader, onLost });
    [this.#driver, this.#proposals, this.#changes, this.#reads, this.#roles] = [driver, proposals, changes, reads, roles];
    this.#handover = new Handover({ driver, roles, contacts, clock, silence_ms: settings.electionMax_ms, settle });
    this.figures = new LedgerFigures({ driver, applier, proposals, reads, projections });
    this.#length = new LogLength({
      driver,
      snapshots,
      lastCopy: snapshot,
      isWitness,
      limit_entries: options.logLimit_entries,
      onMissed: options.onMissed,
    });
    this.#length.grew(stored.entries);
    this.#failure.listen((failure) => {
      driver.stop();
      proposals.fail(failure);
      changes.fail(failure);
      // Others lead by now, or soon: what would be decided here could not be recorded.
      roles.stepDown();
    });
  }

  /** Remembers what was set right, and tells it. */
  note(found: Omit<Repair, "at">): void {
    this.#repairs.note(found);
  }

  /** What had to be set right since it was opened. */
  get repairs(): readonly Repair[] {
    return this.#repairs.all;
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
    return this.#roles.role;
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
    this.#roles.onChange(listener);
  }

  onApplied(listener: (facts: readonly Fact[]) => void): void {
    this.#applier.onApplied(listener);
  }

  onRestored(listener: () => void): void {
    this.#applier.onRestored(listener);
  }

  onFailure(listener: (error: Error) => void): void {
    this.#failure.listen(listener);
  }

  /** As `EntryApplier` has it. @returns takes it back */
  atNextConfiguration(listener: () => void): () => void {
    return this.#applier.atNextConfiguration(listener);
  }

  append(bodies: readonly FactBody[]): Promise<number> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal);
    try {
      return this.#proposals.append(writableFacts(bodies, this.factVersion, this.#options.facts ?? factVersions));
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Lets facts of this version be written from now on: whoever calls knows that every member can apply them. @throws as `append` */
  async raiseFactVersion(version: number): Promise<void> {
    if (this.#refusal !== undefined) throw this.#refusal;
    await this.#proposals.append([{ type: "FactVersionRaised", version }]);
  }

  history(run: RunId, after: number, limit: number): Fact[] {
    return this.#options.projections.history(run, after, limit);
  }

  barrier(): Promise<void> {
    return this.#reads.pass();
  }

  /** Where a member is reached, as far as this node knows. */
  addressOf(id: NodeId): string | undefined {
    const address = this.#driver.state.log.configuration.members.find((member) => member.id === id)?.address;
    return address === undefined || address === "" ? this.#options.peers?.addressOf(id) : address;
  }

  receive(message: Message): void {
    if (this.#isOver) return;
    this.contacts.hear(message.from);
    this.#driver.receive(message);
    this.#settle();
  }

  /** This node's process is known to be gone: if it leads, nobody need wait for its silence. */
  gone(node: NodeId): void {
    if (this.#isOver) return;
    this.#driver.leaderGone(node);
    this.#settle();
  }

  /** Changes who belongs to the cluster. @throws ShardwrightError `no-leader`, `leadership-lost`, `membership-refused` */
  change(configuration: Configuration): Promise<void> {
    return this.#changes.propose(configuration);
  }

  /** @returns why leadership cannot be handed over, if it cannot */
  transfer(to?: NodeId): string | undefined {
    return this.#handover.transfer(to);
  }

  /** Lets another member lead, if this one does and there is one. Resolves when that is done, or will not be. */
  async handOver(): Promise<void> {
    // One that failed sends nothing any more: the others notice by themselves.
    if (this.#failure.error === undefined) await this.#handover.handOver();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    const { clock, writer, projections } = this.#options;
    if (this.#proposals.size > 0)
      await Promise.race([this.#proposals.settled(), new Promise<void>((resolve) => clock.after(handover_ms, resolve))]);
    await this.handOver();
    this.#isClosed = true;
    this.#driver.stop();
    await this.#options.snapshots?.close();
    this.#changes.fail(new ShardwrightError("leadership-lost"));
    this.#alarm.cancel();
    this.sync.close();
    await writer.close();
    projections.close();
  }

  #drive(stored: Stored): Driver<number> {
    const { settings, projections, random = Math.random } = this.#options;
    const fail = (error: Error) => this.#failure.fail(error);
    const ports = portsOf({
      options: this.#options,
      alarm: this.#alarm,
      sync: this.sync,
      applier: this.#applier,
      length: () => this.#length,
      addressOf: (id) => this.addressOf(id),
      onEvent: (event) => {
        this.contacts.note(event);
        this.figures.note(event);
      },
      fail,
      settle: () => this.#settle(),
    });
    return new Driver({ id: this.identity.node, settings, random, stored, applied: projections.applied }, ports, fail);
  }

  get #isOver(): boolean {
    return this.#isClosed || this.#failure.error !== undefined;
  }

  /** Why nothing can be appended here, if it cannot. */
  get #refusal(): ShardwrightError | undefined {
    if (this.#failure.error !== undefined) return this.#failure.error;
    return this.role !== "leader" || this.#isClosed ? new ShardwrightError("no-leader") : undefined;
  }

  /** After each step: whether it leads by now, or no longer; and whether the log has grown long. */
  #settle(): void {
    if (this.#isOver) return;
    const { state } = this.#driver;
    this.#repairs.look(state);
    this.#roles.look(state);
    this.#proposals.look();
    this.#length.look();
  }

  #stall(stalled_ms: number | undefined): void {
    this.#options.onStall?.(stalled_ms);
    if (stalled_ms === undefined) this.#handover.answered();
    else if (!this.#isOver) this.#handover.stalled();
  }
}
