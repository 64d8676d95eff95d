import assert from "node:assert/strict";
import { sizeOf } from "../src/log.ts";
import { founded } from "../src/state.ts";
import type { Index, Member, Message, NodeId, Settings, Term } from "../src/types.ts";
import { Checks } from "./checks.ts";
import { lines, Lines } from "./lines.ts";
import { calm, Network, type Weather } from "./network.ts";
import { SimNode } from "./node.ts";
import { type Random, randomOf } from "./random.ts";
import { Timeline } from "./timeline.ts";

const settings: Settings = {
  heartbeat_ms: 50,
  electionMin_ms: 300,
  electionMax_ms: 600,
  messageLimit_bytes: 100_000,
  inFlightLimit: 8,
  uncommittedLimit_bytes: 1_000_000,
};

/** Long enough for an election, if nothing is in its way. */
export const election_ms = 1000;
/** Of a message beside its entries, about. */
const envelope_bytes = 100;
const leaderTries = 20;
const commit_ms = 2000;
const patience_ms = 20_000;

export const unreliable: Weather = { loss: 0.1, repeat: 0.1, straggle: 0, delay_ms: [0.3, 27] };
/** Four messages of ten take two seconds or so, and are overtaken by many. */
export const reordering: Weather = { loss: 0.1, repeat: 0, straggle: 0.4, delay_ms: [2, 22] };

/** A command that was given to a leader. */
interface Started {
  readonly index: Index;
  readonly term: Term;
}

/**
 * A few servers that are connected, disconnected, stopped and started by a script, while time passes between its lines. Servers are
 * numbered from 0 on. The invariants of consensus are checked after each step of each of them.
 */
export class Lab {
  readonly timeline = new Timeline();
  readonly random: Random;
  readonly network: Network;
  readonly nodes: readonly SimNode[];
  readonly checks: Checks;
  sent_messages = 0;
  sent_bytes = 0;
  readonly #connected = new Set<number>();
  #commands = 0;

  constructor(servers: number, seed: number, weather: Weather = calm) {
    this.random = randomOf(seed, "lab");
    this.network = new Network(this.timeline, randomOf(seed, "network"), weather);
    const members = Array.from({ length: servers }, (_, at): Member => ({ id: String(at), votes: true, address: "" }));
    const byId = new Map<NodeId, SimNode>();
    this.checks = new Checks(byId, { members });
    this.nodes = members.map(({ id }) => {
      const node = new SimNode({
        id,
        stored: founded({ members }),
        settings,
        kind: lines,
        isWitness: false,
        timeline: this.timeline,
        network: this.network,
        random: randomOf(seed, id),
        peer: (other) => byId.get(other),
        watch: {
          sends: (sender, message) => this.#sends(sender, message),
          writes: (writer, writes) => this.checks.writes(writer, writes),
          applies: (applier, entries) => this.checks.applies(applier, entries),
          event: (changed, event) => this.checks.event(changed, event),
          stepped: (stepped) => this.checks.stepped(stepped),
          died: (dead) => this.checks.died(dead),
          broke: (error) => assert.ifError(error),
        },
      });
      byId.set(id, node);
      return node;
    });
    this.nodes.forEach((node, server) => {
      node.boot();
      this.#connected.add(server);
    });
  }

  get servers(): readonly number[] {
    return [...this.nodes.keys()];
  }

  /** Another command each time. */
  command(length = 0): string {
    this.#commands += 1;
    return `command ${this.#commands}`.padEnd(length, ".");
  }

  pass(time_ms: number): void {
    const end_ms = this.timeline.now_ms + time_ms;
    while (this.timeline.next(end_ms));
  }

  /** The server's number, counted on from another one. */
  after(server: number, by: number): number {
    return (server + by) % this.nodes.length;
  }

  disconnect(...servers: readonly number[]): void {
    for (const server of servers) {
      this.#connected.delete(server);
      for (const other of this.servers) if (other !== server) this.cut(server, other);
    }
  }

  connect(...servers: readonly number[]): void {
    for (const server of servers) {
      this.#connected.add(server);
      for (const other of this.#connected) {
        this.network.mend(String(server), String(other));
        this.network.mend(String(other), String(server));
      }
    }
  }

  /** One link, in both directions. */
  cut(one: number, other: number): void {
    this.network.cut(String(one), String(other));
    this.network.cut(String(other), String(one));
  }

  crash(...servers: readonly number[]): void {
    for (const server of servers) this.#node(server).die();
  }

  start(...servers: readonly number[]): void {
    for (const server of servers) this.#node(server).boot();
  }

  isConnected(server: number): boolean {
    return this.#connected.has(server) && this.isUp(server);
  }

  isUp(server: number): boolean {
    return this.#node(server).isUp;
  }

  isLeader(server: number): boolean {
    return this.#node(server).driver?.isLeader === true;
  }

  termOf(server: number): Term {
    return this.#node(server).driver?.state.term ?? 0;
  }

  /** Entries that a server keeps in its log. */
  logLength(server: number): number {
    const log = this.#node(server).driver?.state.log;
    return log === undefined ? 0 : log.last - log.base.index;
  }

  /** Waits until one server leads those that are connected. @returns its number */
  oneLeader(): number {
    for (let tries = 0; tries < leaderTries; tries += 1) {
      this.pass(election_ms / 2);
      const leaders = this.servers.filter((server) => this.isConnected(server) && this.isLeader(server));
      const latest = Math.max(...leaders.map((server) => this.termOf(server)));
      const [leader, ...more] = leaders.filter((server) => this.termOf(server) === latest);
      assert.equal(more.length, 0, `two lead term ${latest}`);
      if (leader !== undefined) return leader;
    }
    return assert.fail("nobody leads");
  }

  noLeader(): void {
    assert.deepEqual(
      this.servers.filter((server) => this.isConnected(server) && this.isLeader(server)),
      [],
    );
  }

  /** The term that all who are connected are in. */
  oneTerm(): Term {
    const terms = new Set(this.servers.filter((server) => this.isConnected(server)).map((server) => this.termOf(server)));
    assert.equal(terms.size, 1, "they do not agree on the term");
    return [...terms][0] ?? 0;
  }

  /** Gives a command to a server. @returns undefined if that does not lead, as far as it knows */
  give(server: number, command: string, done: () => void = () => undefined): Started | undefined {
    let started: Started | undefined;
    this.#node(server).run((driver) => {
      if (!driver.isLeader) return;
      const before = driver.state.log.last;
      driver.propose?.([new TextEncoder().encode(command)], ({ kind }) => {
        if (kind === "applied") done();
      });
      const { log, term } = driver.state;
      if (log.last > before) started = { index: log.last, term };
    });
    return started;
  }

  /** How many servers have applied what stands at an index, and what that is; all have the same. */
  committed(index: Index): { readonly count: number; readonly command: string | undefined } {
    const commands = this.nodes.flatMap(({ isUp, machine }) => {
      const line = machine instanceof Lines && isUp ? machine.lines.get(index) : undefined;
      return line === undefined ? [] : [line];
    });
    assert(new Set(commands).size <= 1, `entry ${index} is ${commands.join(" and ")}`);
    return { count: commands.length, command: commands[0] };
  }

  /**
   * Has so many servers agree on a command.
   * @param options `retries`: gives it again if another one took its place
   * @returns its index
   */
  one(servers: number, { retries = true, command = this.command() } = {}): Index {
    const end_ms = this.timeline.now_ms + patience_ms;
    while (this.timeline.now_ms < end_ms) {
      const index = this.#giveAny(command)?.index;
      if (index === undefined) {
        this.pass(20);
        continue;
      }
      const last_ms = this.timeline.now_ms + commit_ms;
      while (this.timeline.now_ms < last_ms) {
        const { count, command: found } = this.committed(index);
        if (count >= servers && found === command) return index;
        this.pass(5);
      }
      assert(retries, `${command} is not agreed on by ${servers}`);
    }
    return assert.fail(`${servers} do not agree on ${command}`);
  }

  #giveAny(command: string): Started | undefined {
    for (const server of this.random.shuffle(this.servers)) {
      const started = this.isConnected(server) ? this.give(server, command) : undefined;
      if (started !== undefined) return started;
    }
    return undefined;
  }

  /** Every command that any server has applied. */
  get everything(): ReadonlySet<string> {
    return new Set(this.nodes.flatMap(({ machine }) => (machine instanceof Lines ? [...machine.lines.values()] : [])));
  }

  #node(server: number): SimNode {
    const node = this.nodes[server];
    assert(node !== undefined, `there is no server ${server}`);
    return node;
  }

  #sends(sender: SimNode, message: Message): void {
    this.sent_messages += 1;
    const entries = message.type === "append" ? message.entries : [];
    this.sent_bytes += envelope_bytes + entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
    this.checks.sends(sender, message);
  }
}
