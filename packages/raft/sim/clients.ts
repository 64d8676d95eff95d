import type { NodeId } from "../src/types.ts";
import type { SimNode } from "./node.ts";
import type { Random } from "./random.ts";
import { encode, type Operation, Registers, type Written } from "./register.ts";
import type { Network } from "./network.ts";
import type { Timeline } from "./timeline.ts";
import { Violation } from "./violation.ts";

export interface ClientWorld {
  readonly timeline: Timeline;
  readonly network: Network;
  readonly random: Random;
  readonly nodes: ReadonlyMap<NodeId, SimNode>;
}

/**
 * What clients were told, checked against the log. The log is the witness: an operation has the index at which it took effect, so real-time
 * order is a comparison, and no search for an order is needed.
 */
export class History {
  /** Effects by operation: an operation has one. */
  readonly effects = new Map<string, number>();
  /** The highest index that anybody was told of. */
  told = 0;
  acknowledged = 0;
  reads = 0;
  readonly #invoked = new Set<string>();

  invoke(operation: Operation): void {
    this.#invoked.add(nameOf(operation));
  }

  takesEffect(operation: Operation, index: number): void {
    const name = nameOf(operation);
    if (!this.#invoked.has(name)) throw new Violation("exactly-once", `${name} was never asked for`);
    const known = this.effects.get(name);
    if (known !== undefined && known !== index)
      throw new Violation("exactly-once", `${name} took effect at ${known} and at ${index}`);
    this.effects.set(name, index);
  }

  acknowledge(operation: Operation, written: Written, toldBefore: number): void {
    const { index } = written;
    if (this.effects.get(nameOf(operation)) !== index)
      throw new Violation("acknowledged-is-kept", `${nameOf(operation)} is not at ${index}`);
    if (index <= toldBefore)
      throw new Violation("linearizability", `${nameOf(operation)} at ${index} began after ${toldBefore} was known`);
    this.told = Math.max(this.told, index);
    this.acknowledged += 1;
  }

  observe(applied: number, toldBefore: number): void {
    if (applied < toldBefore) throw new Violation("linearizability", `a read saw ${applied} after ${toldBefore} was known`);
    this.told = Math.max(this.told, applied);
    this.reads += 1;
  }
}

function nameOf({ client, sequence }: Operation): string {
  return `${client}/${sequence}`;
}

/** Writes and reads one after the other, each until it is answered; asks again elsewhere when no answer comes. */
export class Client {
  readonly id: string;
  done = 0;
  readonly #world: ClientWorld;
  readonly #history: History;
  #sequence = 0;
  #leader: NodeId | undefined;
  /** Number of the operation that is under way. */
  #operation = 0;
  isStopped = false;

  constructor(id: string, world: ClientWorld, history: History) {
    this.id = id;
    this.#world = world;
    this.#history = history;
    this.#next();
  }

  #next(): void {
    const { timeline, random } = this.#world;
    timeline.after(random.between(1, 150), () => {
      if (this.isStopped) return;
      if (random.chance(0.6)) this.#write();
      else this.#read();
    });
  }

  #write(): void {
    const { random } = this.#world;
    this.#sequence += 1;
    const { id: client } = this;
    const operation: Operation = {
      client,
      sequence: this.#sequence,
      key: random.pick(["a", "b", "c"]),
      value: `${client}-${this.#sequence}`,
    };
    this.#history.invoke(operation);
    this.#attempt(this.#history.told, (node, toldBefore, answer) => {
      node.run((driver) => {
        driver.propose?.([encode(operation)], (outcome) => {
          if (outcome.kind === "refused" && outcome.leader !== undefined) this.#leader = outcome.leader;
          if (outcome.kind !== "applied") return;
          const [written] = outcome.results;
          if (written === undefined) return;
          answer(() => this.#history.acknowledge(operation, written as Written, toldBefore));
        });
      });
    });
  }

  #read(): void {
    this.#attempt(this.#history.told, (node, toldBefore, answer) => {
      node.run((driver) => {
        driver.read?.(() => {
          const { machine } = node;
          if (!(machine instanceof Registers)) return;
          const { applied } = machine;
          answer(() => this.#history.observe(applied, toldBefore));
        });
      });
    });
  }

  #attempt(toldBefore: number, ask: (node: SimNode, toldBefore: number, answer: (finish: () => void) => void) => void): void {
    if (this.isStopped) return;
    const { timeline, network, random } = this.#world;
    const operation = this.#operation;
    const node = this.#choose();
    if (node !== undefined)
      network.send(this.id, node.id, () =>
        ask(node, toldBefore, (finish) =>
          network.send(node.id, this.id, () => {
            // Any answer to this operation will do, the first one counts.
            if (operation !== this.#operation) return;
            finish();
            this.done += 1;
            this.#operation += 1;
            this.#next();
          }),
        ),
      );
    timeline.after(random.between(100, 900), () => {
      if (operation !== this.#operation) return;
      this.#leader = undefined;
      this.#attempt(toldBefore, ask);
    });
  }

  /** The leader it was told of; else one that says it leads, which may be wrong, or any. */
  #choose(): SimNode | undefined {
    const { nodes, random } = this.#world;
    const known = this.#leader === undefined ? undefined : nodes.get(this.#leader);
    if (known !== undefined) return known;
    const up = [...nodes.values()].filter((node) => node.isUp && !node.options.isWitness);
    if (up.length === 0) return undefined;
    const leaders = up.filter((node) => node.driver?.isLeader === true);
    return leaders.length > 0 && random.chance(0.7) ? random.pick(leaders) : random.pick(up);
  }
}

/** Asks everybody who says that it leads, again and again, and believes whoever answers first: a leader that was deposed is found out. */
export class Reader {
  readonly id = "reader";
  done = 0;
  readonly #world: ClientWorld;
  readonly #history: History;
  #unanswered: (() => void)[] = [];
  isStopped = false;

  constructor(world: ClientWorld, history: History) {
    this.#world = world;
    this.#history = history;
    this.#next();
  }

  #next(): void {
    const { timeline, random, nodes } = this.#world;
    timeline.after(random.between(10, 120), () => {
      for (const giveUp of this.#unanswered.splice(0)) giveUp();
      if (this.isStopped) return;
      for (const node of nodes.values()) if (node.driver?.isLeader === true) this.#ask(node);
      this.#next();
    });
  }

  #ask(node: SimNode): void {
    const toldBefore = this.#history.told;
    node.run((driver) => {
      const giveUp = driver.read?.(() => {
        if (node.machine instanceof Registers) this.#history.observe(node.machine.applied, toldBefore);
      });
      if (giveUp !== undefined) this.#unanswered.push(giveUp);
    });
  }
}
