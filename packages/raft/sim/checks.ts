import { isVoter, quorumOf, refusalOfChange, votersOf } from "../src/configuration.ts";
import type { Configuration, Entry, Index, Message, NodeId, RaftEvent, Term, Write } from "../src/types.ts";
import { lastOf, termOn } from "./disk.ts";
import type { Machine } from "./machine.ts";
import type { SimNode } from "./node.ts";
import { Violation } from "./violation.ts";

interface Seen {
  term: Term;
  commit: Index;
  applied: Index;
}

/** The invariants of consensus, looked at after each step of each node. */
export class Checks {
  elections = 0;
  /** How often each kind of event happened: a simulation that never installs a snapshot proves nothing about them. */
  readonly counts = new Map<string, number>();
  readonly #nodes: ReadonlyMap<NodeId, SimNode>;
  /** What is committed, as the first node to apply it had it: entry `index` at `index - 1`. */
  readonly committed: Entry[] = [];
  /** Told of each of them, in order, by the time the first node applies it. */
  onCommitted: ((entry: Entry) => void) | undefined;
  readonly #leaders = new Map<Term, NodeId>();
  /** By index and term: the term before it, for two logs that share an entry share all before it. */
  readonly #before = new Map<string, { readonly prevTerm: Term | undefined; readonly entry: Entry }>();
  readonly #seen = new Map<NodeId, Seen>();
  readonly #digests = new Map<Index, string>();
  readonly #configurations: Configuration[];
  /** What the leader of each term committed by. */
  readonly #inUse = new Map<Term, Set<Configuration>>();
  readonly #durableTerm = new Map<NodeId, Term>();

  constructor(nodes: ReadonlyMap<NodeId, SimNode>, first: Configuration) {
    this.#nodes = nodes;
    this.#configurations = [first];
  }

  get configuration(): Configuration {
    return this.#configurations.at(-1) ?? { members: [] };
  }

  event(node: SimNode, event: RaftEvent): void {
    this.count(event.type);
    if (event.type !== "became-leader") return;
    this.elections += 1;
    const other = this.#leaders.get(event.term);
    if (other !== undefined && other !== node.id)
      throw new Violation("election-safety", `${other} and ${node.id} lead term ${event.term}`);
    this.#leaders.set(event.term, node.id);
    this.#isComplete(node, event.term);
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /** A leader has every entry that was committed in an earlier term. */
  #isComplete(node: SimNode, term: Term): void {
    const log = node.driver?.state.log;
    if (log === undefined) return;
    for (let index = log.base.index + 1; index <= this.committed.length; index += 1) {
      const entry = this.committed[index - 1];
      if (entry === undefined || entry.term >= term) continue;
      if (log.termAt(index) !== entry.term)
        throw new Violation("leader-completeness", `${node.id} leads term ${term} without entry ${index} of term ${entry.term}`);
    }
  }

  /** Two logs that have an entry of the same index and term have the same entry, and the same ones before it. */
  writes(node: SimNode, writes: readonly Write[]): void {
    // The log in memory is ahead of what is being written: what comes before is on the disk, or in an earlier one of these writes.
    const earlier = new Map<Index, Term>();
    for (const { entries = [] } of writes)
      for (const entry of entries) {
        const prevTerm = earlier.get(entry.index - 1) ?? (writes.length === 1 ? termOn(node.disk, entry.index - 1) : undefined);
        earlier.set(entry.index, entry.term);
        const key = `${entry.index}:${entry.term}`;
        const known = this.#before.get(key);
        if (known === undefined) this.#before.set(key, { prevTerm, entry });
        else if (!isSame(known.entry, entry) || (known.prevTerm ?? prevTerm) !== (prevTerm ?? known.prevTerm))
          throw new Violation("log-matching", `${node.id} has another entry ${key}, or another one before it`);
      }
  }

  applies(node: SimNode, entries: readonly Entry[]): void {
    for (const entry of entries) {
      const known = this.committed[entry.index - 1];
      if (known === undefined) {
        if (entry.index !== this.committed.length + 1)
          throw new Violation(
            "state-machine-safety",
            `${node.id} applies entry ${entry.index}, the last one was ${this.committed.length}`,
          );
        this.#isDurable(node, entry);
        this.committed.push(entry);
        this.onCommitted?.(entry);
        if (entry.kind === "configuration") this.#changed(entry.configuration, entry.index);
      } else if (!isSame(known, entry))
        throw new Violation(
          "state-machine-safety",
          `${node.id} applies another entry ${entry.index}, of term ${entry.term} and not ${known.term}`,
        );
    }
    if (!node.options.isWitness) this.tables(node.id, node.machine);
  }

  /** All that applied as much have the same tables. */
  tables(who: string, { applied, digest }: Pick<Machine, "applied" | "digest">): void {
    if (digest === undefined) return;
    const known = this.#digests.get(applied);
    if (known === undefined) this.#digests.set(applied, digest);
    else if (known !== digest) throw new Violation("equal-tables", `${who} differs at entry ${applied}`);
  }

  #changed(configuration: Configuration, index: Index): void {
    if (index > 1) this.count("configuration-changed");
    const refusal = refusalOfChange(this.configuration, configuration);
    if (refusal !== undefined) throw new Violation("configuration-safety", `a committed change is not one step: ${refusal}`);
    this.#configurations.push(configuration);
  }

  /**
   * What is applied is on the disks of a majority: of the configuration before it or from it on, for it may be the change; or of a later
   * one that the leader has in its log already, and that nobody else knows of.
   */
  #isDurable(node: SimNode, entry: Entry): void {
    const log = node.driver?.state.log;
    if (log === undefined) return;
    const { term = 0 } = node.driver?.state ?? {};
    const configurations = [
      this.configuration,
      log.configurationAt(entry.index),
      log.configuration,
      ...(this.#inUse.get(term) ?? []),
    ];
    const holds = (id: NodeId): boolean => {
      const disk = this.#nodes.get(id)?.disk;
      return (
        disk !== undefined &&
        (disk.base.index >= entry.index || termOn(disk, entry.index) === entry.term || (disk.loss?.upTo ?? 0) >= entry.index)
      );
    };
    const isHeld = configurations.some((each) => votersOf(each).filter(({ id }) => holds(id)).length >= quorumOf(each));
    if (!isHeld)
      throw new Violation("committed-is-durable", `entry ${entry.index} is applied by ${node.id} and not on a majority of disks`);
  }

  /** Nothing that a message promises is not on the disk. */
  sends(node: SimNode, message: Message): void {
    const { disk } = node;
    // It was true when its write was done, and a write of a later term came with it.
    if (disk.hard.term > message.term) return;
    const promisesTerm =
      (message.type === "vote" && message.phase === "real") ||
      (message.type === "vote-reply" && message.phase === "real" && message.isGranted);
    if (promisesTerm && (disk.hard.term < message.term || disk.hard.vote !== (message.type === "vote" ? node.id : message.to)))
      throw new Violation(
        "promise-before-disk",
        `${node.id} sends a ${message.type} of term ${message.term} before its vote is durable`,
      );
    if (message.type !== "append-reply" || !message.isMatch) return;
    if (disk.hard.term < message.term && message.match > 0)
      throw new Violation("promise-before-disk", `${node.id} acknowledges in term ${message.term} before that is durable`);
    if (message.match > lastOf(disk) && disk.loss === undefined)
      throw new Violation("promise-before-disk", `${node.id} acknowledges entry ${message.match}, its disk has ${lastOf(disk)}`);
    const state = node.driver?.state;
    if (state?.term === message.term) this.#isOnDisk("promise-before-disk", node, message.match);
  }

  /** Where log and disk both have an entry that counts as durable, it is the same one. */
  #isOnDisk(rule: string, node: SimNode, index: Index): void {
    const term = node.driver?.state.log.termAt(index);
    const durable = termOn(node.disk, index);
    if (term !== undefined && durable !== undefined && term !== durable)
      throw new Violation(rule, `${node.id} relies on entry ${index} of term ${term}, its disk has one of term ${durable}`);
  }

  stepped(node: SimNode): void {
    const state = node.driver?.state;
    if (state === undefined) return;
    const { term, commit, applied, log } = state;
    if (state.role.kind === "leader") this.#uses(term, log.configuration);
    const seen = this.#seen.get(node.id);
    if (seen === undefined) this.#seen.set(node.id, { term, commit, applied });
    else {
      if (term < seen.term || commit < seen.commit || applied < seen.applied)
        throw new Violation(
          "no-way-back",
          `${node.id} went back: ${JSON.stringify(seen)} to ${JSON.stringify({ term, commit, applied })}`,
        );
      seen.term = term;
      seen.commit = commit;
      seen.applied = applied;
    }
    if (
      state.loss === undefined &&
      ((applied > Math.min(commit, log.stable) && state.installing === undefined) ||
        log.base.index > Math.max(applied, state.installing?.snapshot.index ?? 0))
    )
      throw new Violation(
        "bounds",
        `${node.id}: base ${log.base.index}, applied ${applied}, commit ${commit}, stable ${log.stable}`,
      );
    if (!node.options.isWitness && node.machine.applied !== applied)
      throw new Violation("bounds", `${node.id}: tables at ${node.machine.applied}, applied ${applied}`);
    if (state.loss === undefined && node.disk.loss === undefined && applied > lastOf(node.disk))
      throw new Violation("state-ahead-of-log", `${node.id}: applied ${applied}, its disk has ${lastOf(node.disk)}`);
    this.#isOnDisk("state-ahead-of-log", node, applied);
    if (state.role.kind === "leader" && log.last - commit > 2000)
      throw new Violation("bounded-memory", `${node.id} takes too much`);
    if (state.role.kind === "leader" && !isVoter(log.configuration, node.id) && log.configurationIndex <= commit)
      throw new Violation("configuration-safety", `${node.id} leads and is no member`);
  }

  #uses(term: Term, configuration: Configuration): void {
    const known = this.#inUse.get(term);
    if (known === undefined) this.#inUse.set(term, new Set([configuration]));
    else known.add(configuration);
  }

  died(node: SimNode): void {
    this.#seen.delete(node.id);
    const before = this.#durableTerm.get(node.id) ?? 0;
    const { term } = node.disk.hard;
    const last = termOn(node.disk, lastOf(node.disk)) ?? 0;
    if (last > term)
      throw new Violation("term-before-entries", `the disk of ${node.id} has entries of term ${last}, and term ${term}`);
    if (term < before) throw new Violation("no-way-back", `the disk of ${node.id} went back to term ${term}`);
    this.#durableTerm.set(node.id, term);
  }
}

function isSame(first: Entry, second: Entry): boolean {
  if (first === second) return true;
  if (first.term !== second.term || first.kind !== second.kind) return false;
  if (first.kind === "data" && second.kind === "data")
    return (
      first.data === second.data ||
      (first.data.length === second.data.length && first.data.every((byte, at) => byte === second.data[at]))
    );
  return first.kind !== "configuration" || JSON.stringify(first) === JSON.stringify(second);
}
