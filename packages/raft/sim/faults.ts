import { isVoter, votersOf } from "../src/configuration.ts";
import type { Configuration, Member, NodeId } from "../src/types.ts";
import type { Checks } from "./checks.ts";
import { loseTables, rot } from "./disk.ts";
import type { Network } from "./network.ts";
import type { SimNode } from "./node.ts";
import type { Action } from "./plan.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

/** What things befall. */
export interface Place {
  readonly nodes: ReadonlyMap<NodeId, SimNode>;
  readonly network: Network;
  readonly timeline: Timeline;
  readonly checks: Checks;
  readonly random: Random;
  /** Nothing happens any more. */
  isCalm(): boolean;
  /** A node that is no member yet. */
  join(id: NodeId, isWitness: boolean): SimNode;
  /** Whether a witness may join. */
  readonly hasWitness: boolean;
}

const mostNodes = 9;

/** Makes a plan's actions happen to whoever is there at the time. */
export class Faults {
  readonly #place: Place;
  /** How many leaders die just after they are elected. */
  #doomed = 0;

  constructor(place: Place) {
    this.#place = place;
  }

  elected(node: SimNode): void {
    if (this.#place.isCalm() || this.#doomed === 0) return;
    this.#doomed -= 1;
    this.#place.timeline.after(this.#place.random.between(0, 20), () => this.#place.isCalm() || node.die());
  }

  /** Lets it happen. */
  act({ kind, pick, length_ms }: Action): void {
    const up = [...this.#place.nodes.values()].filter((node) => node.isUp);
    const node = up[Math.floor(pick * up.length)];
    if (node === undefined || this.#place.isCalm()) return;
    const others = [...this.#place.nodes.keys()].filter((id) => id !== node.id);
    const later = (work: () => void): void => this.#place.timeline.after(length_ms, () => this.#place.isCalm() || work());
    switch (kind) {
      case "kill":
        kill(node, length_ms);
        break;
      case "kill-leader":
        kill(
          up.find(({ driver }) => driver?.isLeader === true),
          length_ms,
        );
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
        const ids = this.#place.random.shuffle([...this.#place.nodes.keys()]);
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
        this.#cut(this.#place.random.shuffle(others).slice(1), [node.id], true, true, later);
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
        node.run((driver) => driver.campaign?.());
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
      if (forth) this.#place.network.cut(one, other);
      if (back) this.#place.network.cut(other, one);
    }
    later(() => {
      for (const [one, other] of pairs) {
        this.#place.network.mend(one, other);
        this.#place.network.mend(other, one);
      }
    });
  }

  /** One disk at a time: with a second one, what was acknowledged may be nowhere, and then no algorithm could help. */
  #rot(node: SimNode, length_ms: number): void {
    if (this.#hasDamage() || this.#fewestVoters() < 3 || !isVoter(this.#place.checks.configuration, node.id)) return;
    node.die();
    this.#place.checks.count("rotted");
    const { disk } = node;
    if (length_ms % 2 < 0.5) loseTables(disk);
    else if (disk.entries.length > 0) rot(disk, disk.base.index + 1 + (Math.floor(length_ms) % disk.entries.length));
  }

  #hasDamage(): boolean {
    return [...this.#place.nodes.values()].some(
      (node) =>
        (node.isLost && this.#isAnywhere(node.id)) || node.disk.loss !== undefined || node.driver?.state.loss !== undefined,
    );
  }

  /** Of all configurations that may be in use. */
  #fewestVoters(): number {
    return Math.min(...configurationsIn(this.#place).map((each) => votersOf(each).length));
  }

  #isAnywhere(id: NodeId): boolean {
    return [...this.#place.nodes.values()].some((node) =>
      node.driver?.state.log.configuration.members.some((member) => member.id === id),
    );
  }

  #changeMembers(kind: "add" | "promote" | "remove" | "replace", pick: number): void {
    // Each that says so: it may lead no longer, and not know it.
    const leaders = [...this.#place.nodes.values()].filter(({ driver, isPaused }) => driver?.isLeader === true && !isPaused);
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
        if (this.#place.nodes.size >= mostNodes || members.length >= 6) return;
        const id = `n${this.#place.nodes.size + 1}`;
        const isWitness = this.#place.hasWitness && pick > 0.3 && members.every((each) => each.isWitness !== true);
        this.#place.join(id, isWitness).boot();
        propose([...members, { id, votes: pick < 0.2, ...(isWitness && { isWitness }), address: "" }]);
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
        const node = chosen === undefined ? undefined : this.#place.nodes.get(chosen.id);
        if (node === undefined || node === leader || voters.length < 3 || this.#hasDamage()) return;
        node.isLost = true;
        node.die();
        propose(members.filter((each) => each !== chosen));
        break;
      }
    }
  }
}

/** At once, or, where there are tables to write, at one of the next moments at which that is begun or done. */
function kill(node: SimNode | undefined, length_ms: number): void {
  if (node?.options.kind.begin !== undefined && length_ms % 2 < 1) node.commitsUntilDeath = 1 + (Math.floor(length_ms / 2) % 4);
  else node?.die();
}

/** All configurations that may be in use: the latest that is committed, and what each node has in its log. */
export function configurationsIn({ checks, nodes }: Pick<Place, "checks" | "nodes">): readonly Configuration[] {
  return [
    checks.configuration,
    ...[...nodes.values()].flatMap(({ driver, disk }) => [
      driver?.state.log.configuration ?? disk.base.configuration,
      disk.entries.findLast((entry) => entry.kind === "configuration")?.configuration ?? disk.base.configuration,
    ]),
  ].filter((each) => votersOf(each).length > 0);
}
