import assert from "node:assert/strict";
import { Driver, type TableCopy } from "../src/driver.ts";
import type { Outcome } from "../src/pending-proposals.ts";
import { founded, joining } from "../src/state.ts";
import type { Configuration, Entry, Index, Member, Message, NodeId, RaftEvent, Settings, Snapshot, Write } from "../src/types.ts";
import { commitWrite, type Disk, diskWith, storedOn } from "./disk.ts";
import { type Random, randomOf } from "./random.ts";

/** How long the network may talk to itself before a scenario is taken for stuck. */
const mostWaves = 30_000;
/** The first campaign may only tell the others' term. */
const mostTries = 3;

const handSettings: Settings = {
  heartbeat_ms: 50,
  electionMin_ms: 300,
  electionMax_ms: 600,
  messageLimit_bytes: 100_000,
  inFlightLimit: 8,
  uncommittedLimit_bytes: 1_000_000,
};

/** Some messages: those that have all of these. */
export interface Which {
  readonly from?: NodeId;
  readonly to?: NodeId;
  readonly type?: Message["type"];
}

/**
 * A cluster that does nothing by itself: time passes, messages arrive and writes end when a script says so. For stories whose order of
 * events decides everything. Nodes run the production driver.
 */
export class Hand {
  now_ms = 0;
  /** On its way, oldest first. */
  wire: Message[] = [];
  readonly nodes = new Map<NodeId, HandNode>();
  readonly settings: Settings;

  /** @param founders ids; a name that ends with `?` is a learner, one that ends with `!` a witness, one with `?!` both */
  constructor(founders: readonly string[], settings: Partial<Settings> = {}) {
    this.settings = { ...handSettings, ...settings };
    const configuration = configurationOf(...founders);
    for (const { id } of configuration.members) this.#add(new HandNode(id, this, diskWith(founded(configuration))));
  }

  /** A node that is no member yet. */
  join(id: NodeId): HandNode {
    return this.#add(new HandNode(id, this, diskWith(joining())));
  }

  #add(node: HandNode): HandNode {
    this.nodes.set(node.id, node);
    node.start();
    return node;
  }

  node(id: NodeId): HandNode {
    const node = this.nodes.get(id);
    assert(node !== undefined, `there is no ${id}`);
    return node;
  }

  pass(time_ms: number): void {
    this.now_ms += time_ms;
  }

  /** Delivers what is on its way now, not what that leads to. @returns how many messages */
  deliver(which: Which = {}): number {
    const chosen = this.take(which);
    for (const message of chosen) this.nodes.get(message.to)?.run((driver) => driver.receive(message));
    return chosen.length;
  }

  /** Takes messages off the wire: to lose them, or to deliver them later, or twice. */
  take(which: Which = {}): readonly Message[] {
    const chosen = this.wire.filter((message) => fits(message, which));
    this.wire = this.wire.filter((message) => !fits(message, which));
    return chosen;
  }

  /** Lets these nodes talk until they have nothing to say; what others send or should get is lost. @returns waves of messages */
  talk(...ids: readonly NodeId[]): number {
    const group = new Set(ids.length === 0 ? this.nodes.keys() : ids);
    for (let wave = 0; wave < mostWaves; wave += 1) {
      this.wire = this.wire.filter(({ from, to }) => group.has(from) && group.has(to));
      if (this.deliver() === 0) return wave;
    }
    throw new Error("they do not stop talking");
  }

  /** After a silence this node asks these others for their votes, and gets them. */
  elect(id: NodeId, ...others: readonly NodeId[]): HandNode {
    const node = this.campaign(id, ...others);
    assert(node.isLeader, `${id} was not elected`);
    return node;
  }

  /** As `elect`, but nothing comes of it yet: the new leader's entries reach nobody. */
  win(id: NodeId, ...others: readonly NodeId[]): HandNode {
    const node = this.node(id);
    const group = new Set([id, ...others]);
    for (let tries = 0; tries < mostTries && !node.isLeader; tries += 1) {
      this.pass(this.settings.electionMax_ms);
      node.run((driver) => driver.campaign());
      do this.wire = this.wire.filter(({ from, to, type }) => group.has(from) && group.has(to) && type.startsWith("vote"));
      while (this.deliver() > 0);
    }
    assert(node.isLeader, `${id} was not elected`);
    this.take();
    return node;
  }

  /** As `elect`, whatever comes of it. */
  campaign(id: NodeId, ...others: readonly NodeId[]): HandNode {
    const node = this.node(id);
    for (let tries = 0; tries < mostTries && !node.isLeader; tries += 1) {
      this.pass(this.settings.electionMax_ms);
      node.run((driver) => driver.campaign());
      this.talk(id, ...(others.length === 0 ? this.nodes.keys() : others));
    }
    return node;
  }

  /** Leaders' heartbeats among these, and what follows from them. */
  beat(...ids: readonly NodeId[]): void {
    this.pass(this.settings.heartbeat_ms);
    for (const node of this.nodes.values()) if (node.isLeader) node.run((driver) => driver.wake());
    this.talk(...ids);
  }
}

/** Of what became of a question. */
export interface Told {
  outcome: Outcome<string> | undefined;
}

export class HandNode {
  readonly id: NodeId;
  readonly disk: Disk;
  readonly events: RaftEvent[] = [];
  /** What its tables hold: the data of each entry. */
  tables: string[] = [];
  applied: Index = 0;
  /** Writes stay under way until `writesEnd`. */
  holdsWrites = false;
  /** Snapshots that are asked for stay unmade until `snapshotsEnd`, and unfetched. */
  holdsSnapshots = false;
  readonly #hand: Hand;
  readonly #random: Random;
  #driver: Driver<string> | undefined;
  #pending: { readonly writes: readonly Write[]; readonly done: (error?: Error) => void } | undefined;
  #snapshots: (() => void)[] = [];
  readonly #files = new Map<string, { readonly tables: readonly string[]; readonly index: Index }>();

  constructor(id: NodeId, hand: Hand, disk: Disk) {
    this.id = id;
    this.#hand = hand;
    this.#random = randomOf(1, id);
    this.disk = disk;
  }

  get driver(): Driver<string> {
    assert(this.#driver !== undefined, `${this.id} is down`);
    return this.#driver;
  }

  get state(): Driver<string>["state"] {
    return this.driver.state;
  }

  get isLeader(): boolean {
    return this.#driver?.isLeader === true;
  }

  get snapshotsAsked(): number {
    return this.#snapshots.length;
  }

  get isWriting(): boolean {
    return this.#pending !== undefined;
  }

  start(): void {
    const options = {
      id: this.id,
      settings: this.#hand.settings,
      random: () => this.#random.next(),
      stored: storedOn(this.disk),
      applied: this.applied,
    };
    this.#driver = new Driver(options, this.#ports(), (error) => {
      throw error;
    });
  }

  /** What was not written is gone; its tables keep what they applied. */
  crash(): void {
    this.#driver?.stop();
    this.#driver = undefined;
    this.#pending = undefined;
    this.#snapshots = [];
  }

  restart(): void {
    this.crash();
    this.start();
  }

  run(work: (driver: Driver<string>) => void): void {
    if (this.#driver === undefined) return;
    work(this.#driver);
    if (!this.holdsWrites) this.writesEnd();
    if (!this.holdsSnapshots) this.snapshotsEnd();
  }

  /** Ends the writes that are under way, and what they lead to. */
  writesEnd(): void {
    while (this.#pending !== undefined) this.writeEnds();
  }

  /** Ends the write that is under way; the next one may begin. */
  writeEnds(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    for (const write of pending?.writes ?? []) commitWrite(this.disk, write);
    pending?.done();
  }

  snapshotsEnd(): void {
    for (const end of this.#snapshots.splice(0)) this.run(end);
  }

  propose(...data: readonly string[]): Told {
    const told: Told = { outcome: undefined };
    const bytes = data.map((each) => new TextEncoder().encode(each));
    this.run((driver) => driver.propose(bytes, (outcome) => (told.outcome = outcome)));
    return told;
  }

  change(...members: readonly string[]): Told {
    const told: Told = { outcome: undefined };
    this.run((driver) => driver.change(configurationOf(...members), (outcome) => (told.outcome = outcome)));
    return told;
  }

  /** @returns the index that the read is answered with, once it is */
  read(): { index: Index | undefined } {
    const read: { index: Index | undefined } = { index: undefined };
    this.run((driver) => driver.read((index) => (read.index = index)));
    return read;
  }

  /** A copy of its tables that others may fetch. */
  copyTables(): TableCopy {
    const digest = `${this.id}@${this.applied}`;
    this.#files.set(digest, { tables: [...this.tables], index: this.applied });
    return { index: this.applied, bytes: 1, digest };
  }

  tick(): void {
    this.run((driver) => driver.wake());
  }

  get members(): readonly string[] {
    return this.state.log.configuration.members.map(
      ({ id, votes, isWitness }) => `${id}${votes ? "" : "?"}${isWitness === true ? "!" : ""}`,
    );
  }

  /** Terms of its log, from the first entry after its base on. */
  get terms(): readonly number[] {
    const { log } = this.state;
    return log.between(log.base.index + 1, log.last).map(({ term }) => term);
  }

  #ports(): ConstructorParameters<typeof Driver<string>>[1] {
    return {
      now_ms: () => this.#hand.now_ms,
      wakeAt: () => undefined,
      send: (message) => this.#hand.wire.push(message),
      write: (writes, done) => {
        this.#pending = { writes, done };
      },
      apply: (entries) => this.#apply(entries),
      restore: ({ index, bytes, digest }) => {
        if (bytes === 0) {
          this.tables = [];
          this.applied = index;
          return;
        }
        const file = this.#files.get(digest);
        assert(file !== undefined, `${this.id} restores what it did not fetch`);
        this.tables = [...file.tables];
        this.applied = file.index;
      },
      makeSnapshot: (done) => {
        const copy = this.copyTables();
        this.#snapshots.push(() => done(copy));
      },
      fetch: (from, snapshot: Snapshot, done) => {
        this.#snapshots.push(() => {
          const file = this.#hand.node(from).#files.get(snapshot.digest);
          if (file !== undefined) this.#files.set(snapshot.digest, file);
          done(file !== undefined);
        });
      },
      onEvent: (event) => this.events.push(event),
    };
  }

  #apply(entries: readonly Entry[]): readonly string[] {
    const results: string[] = [];
    for (const entry of entries) {
      assert.equal(entry.index, this.applied + 1);
      this.applied = entry.index;
      if (entry.kind !== "data") continue;
      const text = new TextDecoder().decode(entry.data);
      this.tables.push(text);
      results.push(text);
    }
    return results;
  }
}

/** `a` is a voter, `a?` a learner, `a!` a witness, `a?!` one that does not vote yet. */
function configurationOf(...names: readonly string[]): Configuration {
  return {
    members: names.map((name): Member => {
      const id = name.replace(/[?!]+$/, "");
      return { id, votes: !name.includes("?"), ...(name.endsWith("!") ? { isWitness: true } : {}), address: "" };
    }),
  };
}

function fits(message: Message, { from, to, type }: Which): boolean {
  return (from ?? message.from) === message.from && (to ?? message.to) === message.to && (type ?? message.type) === message.type;
}
