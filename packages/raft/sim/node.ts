import { hash } from "node:crypto";
import { Driver, type Ports } from "../src/driver.ts";
import type { Entry, Message, NodeId, RaftEvent, Settings, Snapshot, Stored, Write } from "../src/types.ts";
import { commitWrite, type Disk, diskWith, storedOn } from "./disk.ts";
import type { Machine, MachineKind, Process, Surroundings } from "./machine.ts";
import type { Network } from "./network.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";
import { Violation } from "./violation.ts";
import { witnessAt } from "./witness.ts";

/** What the world watches. Each is called before the next thing happens. */
interface Watch {
  sends(node: SimNode, message: Message): void;
  writes(node: SimNode, writes: readonly Write[]): void;
  applies(node: SimNode, entries: readonly Entry[]): void;
  event(node: SimNode, event: RaftEvent): void;
  stepped(node: SimNode): void;
  died(node: SimNode): void;
  broke(error: unknown): void;
}

export interface NodeOptions {
  readonly id: NodeId;
  readonly stored: Stored;
  readonly settings: Settings;
  readonly kind: MachineKind;
  readonly isWitness: boolean;
  readonly timeline: Timeline;
  readonly network: Network;
  readonly random: Random;
  readonly watch: Watch;
  readonly peer: (id: NodeId) => SimNode | undefined;
}

/** The process died in the middle of carrying a step out. */
class Death extends Error {}

const chunks = 3;
const fetchTries = 12;
/** Clocks of different rates are compared as sums of fractions: what is due is due. */
const rounding_ms = 0.001;

/** A node in a simulated world: the production driver between a simulated disk, network and clock. */
export class SimNode {
  readonly id: NodeId;
  readonly options: NodeOptions;
  disk: Disk;
  driver: Process | undefined;
  machine: Machine;
  /** Gone for good. */
  isLost = false;
  isPaused = false;
  isSlow = false;
  isFull = false;
  /** The next write fails to sync. */
  failsNext = false;
  /** Calls of the world until it dies in the middle of a step. */
  callsUntilDeath: number | undefined;
  /** Commits of its tables, begun or done, until it dies there. */
  commitsUntilDeath: number | undefined;
  rate = 1;
  #clock: { readonly world_ms: number; readonly own_ms: number } = { world_ms: 0, own_ms: 0 };
  #life = 0;
  #isGuarded = false;
  #backlog: (() => void)[] = [];
  #deadline_ms = 0;
  #armed_ms: number | undefined;
  #pending: { readonly writes: readonly Write[] } | undefined;
  #served = new Map<string, Uint8Array>();
  #fetching = 0;
  #compactAfter: number;
  /** The last entry of which it is certain that the tables would have it after a loss of power. */
  #synced = 0;

  constructor(options: NodeOptions) {
    this.id = options.id;
    this.options = options;
    this.disk = diskWith(options.stored);
    this.machine = options.kind.empty();
    this.#compactAfter = options.random.whole(8, 60);
  }

  get isUp(): boolean {
    return this.driver !== undefined;
  }

  get now_ms(): number {
    return this.#clock.own_ms + (this.options.timeline.now_ms - this.#clock.world_ms) * this.rate;
  }

  setRate(rate: number): void {
    this.#clock = { world_ms: this.options.timeline.now_ms, own_ms: this.now_ms };
    this.rate = rate;
    if (this.isUp) this.#arm(true);
  }

  boot(): void {
    if (this.isUp || this.isLost) return;
    const { kind, settings, random } = this.options;
    const { disk } = this;
    this.#life += 1;
    this.isPaused = false;
    this.machine = disk.tables === undefined ? kind.empty() : kind.restored(disk.tables);
    if (this.options.isWitness) this.machine = witnessAt(disk.base.index);
    else if (this.machine.applied < disk.base.index) {
      const saved = disk.snapshot === undefined ? undefined : disk.files.get(disk.snapshot.digest);
      if (saved === undefined) throw new Error(`${this.id} has neither the entries up to ${disk.base.index} nor a snapshot`);
      this.#become(saved);
    }
    const options = { id: this.id, settings, random: () => random.next(), stored: storedOn(disk), applied: this.machine.applied };
    this.#guard(() => {
      const ports = this.#ports();
      if (kind.begin === undefined) this.driver = new Driver(options, ports, () => this.die());
      else this.driver = kind.begin(this.machine, this.#surroundings(options, ports));
      this.driver.begin?.();
    });
  }

  /** The process is gone at once. A write under way may have reached the disk or not, as may what the tables had not synced. */
  die(): void {
    if (!this.isUp) return;
    this.driver?.stop();
    this.driver = undefined;
    this.callsUntilDeath = undefined;
    this.commitsUntilDeath = undefined;
    this.#life += 1;
    this.#backlog = [];
    this.#armed_ms = undefined;
    this.#served.clear();
    const { random } = this.options;
    if (this.#pending !== undefined && !this.isFull) this.#commitSome(this.#pending.writes);
    this.#pending = undefined;
    if (random.chance(0.5) && this.machine.applied >= this.disk.base.index)
      this.disk.tables = this.machine.left?.() ?? this.machine.save();
    this.machine.close?.();
    this.options.watch.died(this);
  }

  pause(): void {
    if (this.isUp) this.isPaused = true;
  }

  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    for (const run of this.#backlog.splice(0)) run();
  }

  /** Runs something in this process, if it still is the same process then; after it resumes, if it is paused. */
  run(work: (driver: Process) => void, life = this.#life): void {
    if (this.driver === undefined || life !== this.#life) return;
    if (this.isPaused) {
      if (this.#backlog.length < 500) this.#backlog.push(() => this.run(work, life));
      return;
    }
    const { driver } = this;
    this.#guard(() => {
      work(driver);
      this.#maintain(driver);
    });
    if (this.driver === driver) this.options.watch.stepped(this);
  }

  later(delay_ms: number, work: (driver: Process) => void): void {
    const life = this.#life;
    this.options.timeline.after(delay_ms, () => this.run(work, life));
  }

  serve(digest: string): Uint8Array | undefined {
    return this.isUp && !this.isPaused ? this.#served.get(digest) : undefined;
  }

  #guard(work: () => void): void {
    const life = this.#life;
    const wasGuarded = this.#isGuarded;
    this.#isGuarded = true;
    try {
      work();
    } catch (error) {
      // What the dead stumble over is nobody's concern.
      if (life === this.#life || error instanceof Violation) throw error;
    } finally {
      this.#isGuarded = wasGuarded;
    }
  }

  /** The tables are replaced by a snapshot's. */
  #become(saved: Uint8Array): void {
    if (this.machine.restore !== undefined) this.machine.restore(saved);
    else {
      this.machine.close?.();
      this.machine = this.options.kind.restored(saved);
      this.disk.tables = saved;
    }
  }

  /** The tables are made durable now and then, and the log before that is dropped. */
  #maintain(driver: Process): void {
    const { log, applied, floor } = driver.state;
    if (this.options.isWitness) {
      if (floor - log.base.index > this.#compactAfter) driver.compact?.(floor);
      return;
    }
    if (this.options.kind.begin !== undefined) {
      if (applied - this.#synced <= this.#compactAfter) return;
      this.#compactAfter = this.options.random.whole(8, 60);
      this.#synced = applied;
      this.disk.tables = this.machine.left?.() ?? this.machine.save();
      return;
    }
    if (applied - log.base.index <= this.#compactAfter) return;
    this.#compactAfter = this.options.random.whole(8, 60);
    this.disk.tables = this.machine.save();
    driver.compact?.(applied - this.options.random.whole(0, 6));
  }

  #call(): void {
    // Who goes on after a wait has nobody who would catch it: it dies the next time.
    if (this.callsUntilDeath === undefined || !this.#isGuarded) return;
    this.callsUntilDeath -= 1;
    if (this.callsUntilDeath <= 0) this.#dieHere();
  }

  #commitTables(): void {
    if (this.commitsUntilDeath === undefined || !this.#isGuarded) return;
    this.commitsUntilDeath -= 1;
    if (this.commitsUntilDeath <= 0) this.#dieHere();
  }

  #dieHere(): never {
    this.die();
    throw new Death();
  }

  /** For a process that is more than the driver: when it has died it reaches nothing any more. */
  #surroundings(options: Surroundings["options"], ports: Ports<unknown>): Surroundings {
    const life = this.#life;
    const { watch } = this.options;
    const isAlive = (): boolean => life === this.#life;
    return {
      options,
      files: this.disk.files,
      ports: {
        ...ports,
        write: (writes, done) => isAlive() && ports.write(writes, done),
        send: (message) => isAlive() && ports.send(message),
        makeSnapshot: (done) => isAlive() && ports.makeSnapshot(done),
        fetch: (from, snapshot, done) => isAlive() && ports.fetch(from, snapshot, done),
        onEvent: (event) => isAlive() && ports.onEvent(event),
      },
      fail: () => isAlive() && this.die(),
      broke: (error) => isAlive() && watch.broke(error),
      after: (delay_ms, work) => {
        let isCancelled = false;
        const world_ms = Math.max(0, delay_ms) / this.rate + rounding_ms;
        this.options.timeline.after(world_ms, () => this.run(() => isCancelled || work(), life));
        return { cancel: () => (isCancelled = true) };
      },
      mayDie: () => isAlive() && this.#call(),
      commits: () => isAlive() && this.#commitTables(),
      applied: (entries) => isAlive() && watch.applies(this, entries),
    };
  }

  #ports(): Ports<unknown> {
    const { network, watch, peer, kind } = this.options;
    return {
      now_ms: () => this.now_ms,
      wakeAt: (time_ms) => {
        this.#deadline_ms = time_ms;
        this.#arm(false);
      },
      write: (writes, done) => {
        this.#call();
        this.#write(writes, done);
        this.#call();
      },
      send: (message) => {
        this.#call();
        watch.sends(this, message);
        network.send(this.id, message.to, () => peer(message.to)?.run((driver) => driver.receive(message)));
      },
      apply: (entries) => {
        this.#call();
        const results = this.machine.apply(entries);
        watch.applies(this, entries);
        this.#call();
        return results;
      },
      restore: (snapshot) => {
        this.#call();
        if (this.options.isWitness) {
          this.machine = witnessAt(snapshot.index);
          this.#call();
          return;
        }
        const saved = this.disk.files.get(snapshot.digest);
        if (saved === undefined) throw new Error(`${this.id} restores a snapshot that it does not have`);
        this.#become(saved);
        this.#call();
      },
      makeSnapshot: (done) => {
        if (this.options.isWitness) {
          this.later(1, () => done(undefined));
          return;
        }
        const saved = this.machine.save();
        const index = this.machine.written ?? this.machine.applied;
        const digest = digestOf(saved);
        this.later(this.options.random.between(1, 40), () => {
          this.#served.set(digest, saved);
          if (kind.begin !== undefined) this.disk.files.set(digest, saved);
          done({ index, bytes: saved.byteLength, digest });
        });
      },
      fetch: (from, snapshot, done) => this.#fetch(from, snapshot, done),
      onEvent: (event) => watch.event(this, event),
    };
  }

  #write(writes: readonly Write[], done: (error?: Error) => void): void {
    const { random, watch } = this.options;
    watch.writes(this, writes);
    this.#pending = { writes };
    const latency_ms = this.isSlow ? random.between(50, 1500) : random.between(0.2, 4);
    this.later(latency_ms, () => {
      const isFailing = this.failsNext || this.isFull;
      if (!isFailing) this.#commit(writes);
      else if (!this.isFull) this.#commitSome(writes);
      this.#pending = undefined;
      this.failsNext = false;
      done(isFailing ? new Error("the disk failed") : undefined);
    });
  }

  #commit(writes: readonly Write[]): void {
    for (const write of writes) commitWrite(this.disk, write);
  }

  /** As many of the first ones as reached the disk by chance: each is atomic, all of them together are not. */
  #commitSome(writes: readonly Write[]): void {
    const { random } = this.options;
    if (random.chance(0.5)) this.#commit(writes.slice(0, random.whole(1, writes.length)));
  }

  /** Brings the bytes over piece by piece, each asked for again when it does not come. */
  #fetch(from: NodeId, snapshot: Snapshot, done: (isComplete: boolean) => void): void {
    this.#fetching += 1;
    const turn = this.#fetching;
    const { network, peer, random } = this.options;
    const pieces: Uint8Array[] = [];
    let tries = 0;
    const size = Math.ceil(snapshot.bytes / chunks);
    const ask = (): void => {
      tries += 1;
      const asked = tries;
      if (tries > fetchTries) {
        done(false);
        return;
      }
      const at = pieces.length;
      network.send(this.id, from, () => {
        const piece = peer(from)
          ?.serve(snapshot.digest)
          ?.slice(at * size, (at + 1) * size);
        network.send(from, this.id, () => this.run(() => turn === this.#fetching && pieces.length === at && take(piece)));
      });
      this.later(150, () => turn === this.#fetching && asked === tries && pieces.length < chunks && ask());
    };
    const take = (piece: Uint8Array | undefined): void => {
      if (piece === undefined) return;
      pieces.push(random.chance(0.01) ? piece.map((byte) => byte ^ 1) : piece);
      if (pieces.length < chunks) {
        ask();
        return;
      }
      const saved = joined(pieces);
      if (digestOf(saved) !== snapshot.digest) {
        done(false);
        return;
      }
      this.later(random.between(0.5, 30), () => {
        if (turn !== this.#fetching) return;
        this.disk.files.set(snapshot.digest, saved);
        done(true);
      });
    };
    this.later(0, ask);
  }

  /** Plans the next wake-up: one that is planned already and comes too early is used to look again. */
  #arm(isForced: boolean): void {
    const { timeline } = this.options;
    const world_ms = this.#clock.world_ms + (this.#deadline_ms - this.#clock.own_ms) / this.rate + rounding_ms;
    if (!isForced && this.#armed_ms !== undefined && this.#armed_ms <= world_ms) return;
    this.#armed_ms = world_ms;
    const life = this.#life;
    timeline.at(world_ms, () => {
      if (life !== this.#life || this.#armed_ms !== world_ms) return;
      this.#armed_ms = undefined;
      if (this.now_ms < this.#deadline_ms) this.#arm(false);
      else this.run((driver) => driver.wake?.(), life);
    });
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}

function digestOf(bytes: Uint8Array): string {
  return hash("sha1", bytes);
}
