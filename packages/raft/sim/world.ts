import { hasQuorum } from "../src/configuration.ts";
import { founded, joining } from "../src/state.ts";
import type { Member, NodeId, Settings, Stored } from "../src/types.ts";
import { Checks } from "./checks.ts";
import { configurationsIn, Faults } from "./faults.ts";
import { calm, Network } from "./network.ts";
import { SimNode } from "./node.ts";
import type { Plan } from "./plan.ts";
import { type Random, randomOf } from "./random.ts";
import { RegisterUsage } from "./register-usage.ts";
import { Timeline } from "./timeline.ts";
import type { Customer, Usage } from "./usage.ts";
import { Violation } from "./violation.ts";
import { witnesses } from "./witness.ts";

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

const calm_ms = 12_000;
/** Elections that may be needed once nothing fails any more. */
const electionsWhenCalm = 12;
const writesWhenCalm = 3;
const quiet_ms = 2000;
const fewestEvents = 2000;

/** A cluster, its clients, and all that befalls them, from one plan: the same plan gives the same world. */
export class World {
  readonly plan: Plan;
  readonly timeline = new Timeline();
  readonly nodes = new Map<NodeId, SimNode>();
  readonly checks: Checks;
  readonly network: Network;
  readonly #usage: Usage;
  readonly #random: Random;
  #broken: Error | undefined;
  #trace = 0x811c_9dc5;
  #isCalm = false;
  readonly #faults: Faults;

  constructor(plan: Plan, usage: Usage = new RegisterUsage(plan.clients)) {
    this.plan = plan;
    this.#usage = usage;
    this.#random = randomOf(plan.seed, "faults");
    this.network = new Network(this.timeline, randomOf(plan.seed, "network"), plan.weather);
    const members = Array.from({ length: plan.voters }, (_, at): Member => ({ id: `n${at + 1}`, votes: true, address: "" }));
    if (plan.hasWitness && members.length >= 3) members[members.length - 1] = { ...(members.at(-1) as Member), isWitness: true };
    this.checks = new Checks(this.nodes, { members });
    const { nodes, network, timeline, checks } = this;
    this.#faults = new Faults({
      nodes,
      network,
      timeline,
      checks,
      random: this.#random,
      isCalm: () => this.#isCalm,
      hasWitness: plan.hasWitness,
      join: (id, isWitness) => this.#addNode(id, joining(), isWitness),
    });
    for (const { id, isWitness } of members) this.#addNode(id, founded({ members }), isWitness === true);
  }

  run(): Result {
    let violation: Violation | undefined;
    try {
      for (const _ of this.#live());
    } catch (error) {
      violation = violationIn(error);
    }
    return this.#result(violation);
  }

  /** The same where processes await what they do: all of that is over before the next thing happens. */
  async play(): Promise<Result> {
    let violation: Violation | undefined;
    try {
      for (const _ of this.#live()) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        if (this.#broken !== undefined) throw this.#broken;
      }
    } catch (error) {
      violation = violationIn(error);
    }
    for (const { machine } of this.nodes.values()) machine.close?.();
    this.#usage.close?.();
    return this.#result(violation);
  }

  #result(violation: Violation | undefined): Result {
    return {
      seed: this.plan.seed,
      events: this.timeline.events,
      time_ms: this.timeline.now_ms,
      elections: this.checks.elections,
      commits: this.checks.committed.length,
      acknowledged: this.#usage.acknowledged,
      reads: this.#usage.reads,
      trace: this.#trace.toString(16),
      counts: this.checks.counts,
      violation,
    };
  }

  /** All that happens, one event after the other. */
  *#live(): Generator<undefined, void> {
    for (const node of this.nodes.values()) node.boot();
    const { timeline, network, nodes, plan, checks } = this;
    const { customers, others } = this.#usage.begin({
      timeline,
      network,
      nodes,
      checks,
      random: (stream) => randomOf(plan.seed, stream),
      broke: (error) => this.#breaks(error),
    });
    for (const action of plan.actions) timeline.at(action.at_ms, () => this.#faults.act(action));
    while (timeline.next(plan.length_ms)) yield;
    this.#heal();
    const before = { elections: checks.elections, done: customers.map(({ done }) => done) };
    while (timeline.next(plan.length_ms + calm_ms)) yield;
    // A cluster of one has little to say: it goes on until it has said enough.
    let end_ms = plan.length_ms + calm_ms;
    while (timeline.events < fewestEvents) {
      timeline.next((end_ms += 100));
      yield;
    }
    for (const customer of [...customers, ...others]) customer.isStopped = true;
    while (timeline.next(end_ms + (this.#usage.quiet_ms ?? quiet_ms))) yield;
    const alive = this.#isAlive(customers, before);
    this.#usage.end?.(alive);
  }

  #breaks(error: unknown): void {
    this.#broken ??= error instanceof Error ? error : new Error(String(error));
  }

  /** When nothing fails any more: everybody is served, all agree, and nobody keeps calling elections. @returns those who agree */
  #isAlive(customers: readonly Customer[], before: { elections: number; done: readonly number[] }): readonly SimNode[] {
    const state = (): string => [...this.nodes.values()].map((node) => describe(node)).join("; ");
    customers.forEach(({ id, done }, at) => {
      if (done - (before.done[at] ?? 0) < writesWhenCalm) throw new Violation("progress", `${id} is not served: ${state()}`);
    });
    if (this.checks.elections - before.elections > electionsWhenCalm)
      throw new Violation("progress", `elections do not end: ${state()}`);
    const up = [...this.nodes.values()].filter(
      (node) => node.isUp && this.#isCore(node) && this.checks.configuration.members.some(({ id }) => id === node.id),
    );
    const applied = new Set(up.map((node) => node.driver?.state.applied));
    if (applied.size > 1) throw new Violation("progress", `they do not come together: ${state()}`);
    return up;
  }

  #addNode(id: NodeId, stored: Stored, isWitness: boolean): SimNode {
    const { timeline } = this;
    const node = new SimNode({
      id,
      stored,
      settings: { ...settings, messageLimit_bytes: this.plan.messageLimit_bytes },
      kind: isWitness ? witnesses : this.#usage.kind,
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
          if (event.type === "became-leader") this.#faults.elected(changed);
        },
        stepped: (stepped) => this.checks.stepped(stepped),
        died: (dead) => {
          this.checks.died(dead);
          this.checks.count("died");
          this.#restartLater(dead);
        },
        broke: (error) => this.#breaks(error),
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
      node.commitsUntilDeath = undefined;
      node.resume();
      if (this.#isCore(node)) node.boot();
      else if (node.isUp && this.#random.chance(0.5)) for (const id of this.nodes.keys()) this.network.cut(id, node.id);
      else node.die();
    }
  }

  /** A majority of every configuration that may be in use, none of it damaged; none if a change is under way or too much is. */
  #majority(): ReadonlySet<NodeId> | undefined {
    const configurations = configurationsIn(this);
    const sound = [...this.nodes.values()].filter((node) => !node.isLost && node.disk.loss === undefined);
    const core = new Set<NodeId>();
    for (const node of this.#random.shuffle(sound)) {
      core.add(node.id);
      if (configurations.every((each) => hasQuorum(each, (id) => core.has(id)))) return core;
    }
    return undefined;
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

function violationIn(error: unknown): Violation {
  if (error instanceof Violation) return error;
  return new Violation("exception", error instanceof Error ? (error.stack ?? error.message) : String(error));
}
