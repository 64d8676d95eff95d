import { hasQuorum, isVoter, votersOf } from "../src/configuration.ts";
import { founded, joining } from "../src/state.ts";
import type { Configuration, Member, NodeId, Settings, Stored } from "../src/types.ts";
import { Checks } from "./checks.ts";
import { Client, History, Reader } from "./clients.ts";
import { loseTables, rot } from "./disk.ts";
import type { Machine, MachineKind } from "./machine.ts";
import { calm, Network } from "./network.ts";
import { SimNode } from "./node.ts";
import type { Action, Plan } from "./plan.ts";
import { type Random, randomOf } from "./random.ts";
import { Registers, registers } from "./register.ts";
import { Timeline } from "./timeline.ts";
import { Violation } from "./violation.ts";

export interface Result {
  readonly seed: number;
  readonly events: number;
  readonly time_ms: number;
  readonly elections: number;
  readonly commits: number;
  readonly acknowledged: number;
  readonly reads: number;
  /** Over everything that was sent, in order: equal for equal worlds. */
  readonly trace: string;
  readonly counts: ReadonlyMap<string, number>;
  readonly violation: Violation | undefined;
}

const settings: Omit<Settings, "messageLimit_bytes"> = {
  heartbeat_ms: 50,
  electionMin_ms: 300,
  electionMax_ms: 600,
  inFlightLimit: 3,
  uncommittedLimit_bytes: 20_000,
};

const mostNodes = 9;
const calm_ms = 12_000;
/** Elections that may be needed once nothing fails any more. */
const electionsWhenCalm = 12;
const writesWhenCalm = 3;
const fewestEvents = 2000;

/** A cluster, its clients, and all that befalls them, from one plan: the same plan gives the same world. */
export class World {
  readonly plan: Plan;
  readonly timeline = new Timeline();
  readonly nodes = new Map<NodeId, SimNode>();
  readonly checks: Checks;
  readonly history = new History();
  readonly network: Network;
  readonly #clients: Client[] = [];
  readonly #readers: Reader[] = [];
  readonly #random: Random;
  readonly #kind: MachineKind;
  #trace = 0x811c_9dc5;
  #isCalm = false;
  /** How many leaders die just after they are elected. */
  #doomed = 0;

  constructor(plan: Plan) {
    this.plan = plan;
    this.#random = randomOf(plan.seed, "faults");
    this.network = new Network(this.timeline, randomOf(plan.seed, "network"), plan.weather);
    const hook = (machine: Machine): Machine => {
      if (machine instanceof Registers) machine.onEffect = (operation, index) => this.history.takesEffect(operation, index);
      return machine;
    };
    this.#kind = { empty: () => hook(registers.empty()), restored: (saved) => hook(registers.restored(saved)) };
    const members = Array.from({ length: plan.voters }, (_, at): Member => ({ id: `n${at + 1}`, votes: true, address: "" }));
    if (plan.hasWitness && members.length >= 3) members[members.length - 1] = { ...(members.at(-1) as Member), isWitness: true };
    this.checks = new Checks(this.nodes, { members });
    for (const { id, isWitness } of members) this.#addNode(id, founded({ members }), isWitness === true);
  }

  run(): Result {
    let violation: Violation | undefined;
    try {
      this.#live();
    } catch (error) {
      violation =
        error instanceof Violation
          ? error
          : new Violation("exception", error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    return {
      seed: this.plan.seed,
      events: this.timeline.events,
      time_ms: this.timeline.now_ms,
      elections: this.checks.elections,
      commits: this.checks.committed.length,
      acknowledged: this.history.acknowledged,
      reads: this.history.reads,
      trace: this.#trace.toString(16),
      counts: this.checks.counts,
      violation,
    };
  }

  #live(): void {
    for (const node of this.nodes.values()) node.boot();
    const { timeline, network, nodes, plan } = this;
    for (let at = 1; at <= plan.clients; at += 1) {
      const random = randomOf(plan.seed, `client ${at}`);
      this.#clients.push(new Client(`c${at}`, { timeline, network, nodes, random }, this.history));
    }
    this.#readers.push(new Reader({ timeline, network, nodes, random: randomOf(plan.seed, "reader") }, this.history));
    for (const action of plan.actions) timeline.at(action.at_ms, () => this.#act(action));
    while (timeline.next(plan.length_ms));
    this.#heal();
    const before = { elections: this.checks.elections, done: this.#clients.map(({ done }) => done) };
    while (timeline.next(plan.length_ms + calm_ms));
    // A cluster of one has little to say: it goes on until it has said enough.
    let end_ms = plan.length_ms + calm_ms;
    while (timeline.events < fewestEvents) timeline.next((end_ms += 100));
    for (const client of [...this.#clients, ...this.#readers]) client.isStopped = true;
    while (timeline.next(end_ms + 2000));
    this.#isAlive(before);
  }

  /** When nothing fails any more: everybody is served, all agree, and nobody keeps calling elections. */
  #isAlive(before: { elections: number; done: readonly number[] }): void {
    const state = (): string => [...this.nodes.values()].map((node) => describe(node)).join("; ");
    this.#clients.forEach(({ id, done }, at) => {
      if (done - (before.done[at] ?? 0) < writesWhenCalm) throw new Violation("progress", `${id} is not served: ${state()}`);
    });
    if (this.checks.elections - before.elections > electionsWhenCalm)
      throw new Violation("progress", `elections do not end: ${state()}`);
    const up = [...this.nodes.values()].filter(
      (node) => node.isUp && this.#isCore(node) && this.checks.configuration.members.some(({ id }) => id === node.id),
    );
    const applied = new Set(up.map((node) => node.driver?.state.applied));
    if (applied.size > 1) throw new Violation("progress", `they do not come together: ${state()}`);
  }

  #addNode(id: NodeId, stored: Stored, isWitness: boolean): SimNode {
    const { timeline } = this;
    const node = new SimNode({
      id,
      stored,
      settings: { ...settings, messageLimit_bytes: this.plan.messageLimit_bytes },
      kind: isWitness ? witnessKind : this.#kind,
      isWitness,
      timeline,
      network: this.network,
      random: randomOf(this.plan.seed, `node ${id}`),
      peer: (other) => this.nodes.get(other),
      watch: {
        sends: (sender, message) => {
          this.#mix(`${this.timeline.now_ms.toFixed(3)} ${message.from}>${message.to} ${message.type} ${message.term}`);
          this.checks.sends(sender, message);
        },
        writes: (writer, writes) => {
          if (writes.some(({ isRepaired }) => isRepaired)) this.checks.count("repaired");
          if (writes.some(({ base }) => base !== undefined)) this.checks.count("compacted");
          this.checks.writes(writer, writes);
        },
        applies: (applier, entries) => this.checks.applies(applier, entries),
        event: (changed, event) => {
          this.checks.event(changed, event);
          if (event.type !== "became-leader" || this.#isCalm || this.#doomed === 0) return;
          this.#doomed -= 1;
          timeline.after(this.#random.between(0, 20), () => this.#isCalm || changed.die());
        },
        stepped: (stepped) => this.checks.stepped(stepped),
        died: (dead) => {
          this.checks.died(dead);
          this.checks.count("died");
          this.#restartLater(dead);
        },
      },
    });
    this.nodes.set(id, node);
    return node;
  }

  #restartLater(node: SimNode): void {
    if (this.#isCalm && !this.#isCore(node)) return;
    this.timeline.after(this.#isCalm ? 50 : this.#random.between(20, 2000), () => {
      if (this.#isCalm && !this.#isCore(node)) return;
      node.isFull = false;
      node.boot();
    });
  }

  #core: ReadonlySet<NodeId> | undefined;

  #isCore(node: SimNode): boolean {
    return this.#core === undefined || this.#core.has(node.id);
  }

  #act({ kind, pick, length_ms }: Action): void {
    const up = [...this.nodes.values()].filter((node) => node.isUp);
    const node = up[Math.floor(pick * up.length)];
    if (node === undefined || this.#isCalm) return;
    const others = [...this.nodes.keys()].filter((id) => id !== node.id);
    const later = (work: () => void): void => this.timeline.after(length_ms, () => this.#isCalm || work());
    switch (kind) {
      case "kill":
        node.die();
        break;
      case "kill-leader":
        up.find(({ driver }) => driver?.isLeader === true)?.die();
        break;
      case "kill-elected":
        this.#doomed += 2;
        break;
      case "kill-in-step":
        node.callsUntilDeath = 1 + (Math.floor(length_ms) % 7);
        break;
      case "kill-all":
        for (const each of up) each.die();
        break;
      case "pause":
        node.pause();
        later(() => node.resume());
        break;
      case "isolate":
        this.#cut(others, [node.id], true, true, later);
        break;
      case "split": {
        const ids = this.#random.shuffle([...this.nodes.keys()]);
        const size = 1 + Math.floor(pick * (ids.length - 1));
        this.#cut(ids.slice(0, size), ids.slice(size), true, true, later);
        break;
      }
      case "deafen":
        this.#cut(others, [node.id], true, false, later);
        break;
      case "mute":
        this.#cut([node.id], others, true, false, later);
        break;
      case "half-connect":
        this.#cut(this.#random.shuffle(others).slice(1), [node.id], true, true, later);
        break;
      case "slow-disk":
        node.isSlow = true;
        later(() => (node.isSlow = false));
        break;
      case "full-disk":
        node.isFull = true;
        later(() => (node.isFull = false));
        break;
      case "fail-sync":
        node.failsNext = true;
        break;
      case "rot":
        this.#rot(node, length_ms);
        break;
      case "clock":
        node.setRate(0.5 + pick * 1.5);
        break;
      case "transfer":
        up.find(({ driver }) => driver?.isLeader === true)?.run((driver) => driver.transfer(pick < 0.5 ? undefined : node.id));
        break;
      case "campaign":
        node.run((driver) => driver.campaign());
        break;
      case "leader-gone":
        // Whether it is or not.
        for (const each of up)
          if (pick < 0.5 || each === node)
            each.run((driver) => driver.state.leader !== undefined && driver.leaderGone(driver.state.leader));
        break;
      case "add":
      case "promote":
      case "remove":
      case "replace":
        this.#changeMembers(kind, pick);
        break;
    }
  }

  #cut(
    some: readonly NodeId[],
    others: readonly NodeId[],
    forth: boolean,
    back: boolean,
    later: (work: () => void) => void,
  ): void {
    const pairs = some.flatMap((one) => others.map((other) => [one, other] as const));
    for (const [one, other] of pairs) {
      if (forth) this.network.cut(one, other);
      if (back) this.network.cut(other, one);
    }
    later(() => {
      for (const [one, other] of pairs) {
        this.network.mend(one, other);
        this.network.mend(other, one);
      }
    });
  }

  /** One disk at a time: with a second one, what was acknowledged may be nowhere, and then no algorithm could help. */
  #rot(node: SimNode, length_ms: number): void {
    if (this.#hasDamage() || this.#fewestVoters() < 3 || !isVoter(this.checks.configuration, node.id)) return;
    node.die();
    this.checks.count("rotted");
    const { disk } = node;
    if (length_ms % 2 < 0.5) loseTables(disk);
    else if (disk.entries.length > 0) rot(disk, disk.base.index + 1 + (Math.floor(length_ms) % disk.entries.length));
  }

  #hasDamage(): boolean {
    return [...this.nodes.values()].some(
      (node) =>
        (node.isLost && this.#isAnywhere(node.id)) || node.disk.loss !== undefined || node.driver?.state.loss !== undefined,
    );
  }

  /** Of all configurations that may be in use. */
  #fewestVoters(): number {
    return Math.min(...this.#configurations().map((each) => votersOf(each).length));
  }

  #isAnywhere(id: NodeId): boolean {
    return [...this.nodes.values()].some((node) =>
      node.driver?.state.log.configuration.members.some((member) => member.id === id),
    );
  }

  #changeMembers(kind: "add" | "promote" | "remove" | "replace", pick: number): void {
    // Each that says so: it may lead no longer, and not know it.
    const leaders = [...this.nodes.values()].filter(({ driver, isPaused }) => driver?.isLeader === true && !isPaused);
    const leader = leaders[Math.floor(pick * 1000) % leaders.length];
    const log = leader?.driver?.state.log;
    if (leader === undefined || log === undefined) return;
    const { members } = log.configuration;
    const propose = (changed: readonly Member[]): void =>
      leader.run((driver) => driver.change({ members: changed } satisfies Configuration, () => undefined));
    const learners = members.filter(({ votes }) => !votes);
    const voters = members.filter(({ votes }) => votes);
    switch (kind) {
      case "add": {
        if (this.nodes.size >= mostNodes || members.length >= 6) return;
        const id = `n${this.nodes.size + 1}`;
        this.#addNode(id, joining(), false).boot();
        propose([...members, { id, votes: pick < 0.2, address: "" }]);
        break;
      }
      case "promote": {
        const chosen = learners[Math.floor(pick * learners.length)];
        if (chosen !== undefined) propose(members.map((each) => (each === chosen ? { ...each, votes: true } : each)));
        break;
      }
      case "remove": {
        const chosen = members[Math.floor(pick * members.length)];
        if (voters.length > 1 && chosen !== undefined && !this.#hasDamage()) propose(members.filter((each) => each !== chosen));
        break;
      }
      case "replace": {
        const chosen = voters[Math.floor(pick * voters.length)];
        const node = chosen === undefined ? undefined : this.nodes.get(chosen.id);
        if (node === undefined || node === leader || voters.length < 3 || this.#hasDamage()) return;
        node.isLost = true;
        node.die();
        propose(members.filter((each) => each !== chosen));
        break;
      }
    }
  }

  /** Nothing fails any more. Either all come back, or a majority does and the others disturb it at most. */
  #heal(): void {
    this.#core = this.plan.healsMajorityOnly ? this.#majority() : undefined;
    this.#isCalm = true;
    this.network.mendAll();
    this.network.weather = calm;
    for (const node of this.nodes.values()) {
      node.isSlow = false;
      node.isFull = false;
      node.failsNext = false;
      node.callsUntilDeath = undefined;
      node.resume();
      if (this.#isCore(node)) node.boot();
      else if (node.isUp && this.#random.chance(0.5)) for (const id of this.nodes.keys()) this.network.cut(id, node.id);
      else node.die();
    }
  }

  /** A majority of every configuration that may be in use, none of it damaged; none if a change is under way or too much is. */
  #majority(): ReadonlySet<NodeId> | undefined {
    const configurations = this.#configurations();
    const sound = [...this.nodes.values()].filter(
      (node) => !node.isLost && !node.options.isWitness && node.disk.loss === undefined,
    );
    const core = new Set<NodeId>();
    for (const node of this.#random.shuffle(sound)) {
      core.add(node.id);
      if (configurations.every((each) => hasQuorum(each, (id) => core.has(id)))) return core;
    }
    return undefined;
  }

  #configurations(): readonly Configuration[] {
    return [
      this.checks.configuration,
      ...[...this.nodes.values()].flatMap(({ driver, disk }) => [
        driver?.state.log.configuration ?? disk.base.configuration,
        disk.entries.findLast((entry) => entry.kind === "configuration")?.configuration ?? disk.base.configuration,
      ]),
    ].filter((each) => votersOf(each).length > 0);
  }

  #mix(text: string): void {
    for (let at = 0; at < text.length; at += 1) this.#trace = Math.imul(this.#trace ^ text.charCodeAt(at), 0x0100_0193) >>> 0;
  }
}

function describe(node: SimNode): string {
  const { driver } = node;
  if (driver === undefined) return `${node.id} is down`;
  const { role, term, commit, applied, log, leader } = driver.state;
  return `${node.id} ${role.kind} of ${leader ?? "nobody"}, term ${term}, base ${log.base.index}, applied ${applied}, commit ${commit}, last ${log.last}`;
}

/** A witness has no tables; what it applied it forgets. */
const witnessKind: MachineKind = {
  empty: () => witness(0),
  restored: (saved) => witness(Number(new TextDecoder().decode(saved))),
};

function witness(start: number): Machine {
  let applied = start;
  return {
    get applied() {
      return applied;
    },
    digest: "",
    apply(entries) {
      applied = entries.at(-1)?.index ?? applied;
      return entries.filter(({ kind }) => kind === "data");
    },
    save: () => new TextEncoder().encode(String(applied)),
  };
}
