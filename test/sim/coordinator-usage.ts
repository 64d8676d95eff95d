import type { WorkerEvent } from "@shardwright/core";
import { History } from "../../packages/raft/sim/clients.ts";
import type { Machine, MachineKind } from "../../packages/raft/sim/machine.ts";
import type { SimNode } from "../../packages/raft/sim/node.ts";
import { type Random, randomOf } from "../../packages/raft/sim/random.ts";
import type { Customer, Place, Usage } from "../../packages/raft/sim/usage.ts";
import { Violation } from "../../packages/raft/sim/violation.ts";
import type { Entry } from "../../packages/raft/src/types.ts";
import { decodeFacts } from "../../server/src/ledger/fact-entry.ts";
import { checkTables } from "./agreement.ts";
import { type Coordinator, beginCoordinator } from "./coordinator.ts";
import { Model, type ToldAttempt } from "./model.ts";
import { type Common, Submitter } from "./submitters.ts";
import { Tables, TablesFolder } from "./tables.ts";
import { SimWorker } from "./workers.ts";

/** A cluster of coordinators: real ones, but for their disks, their network, their clocks and their HTTP. */
export class CoordinatorUsage implements Usage {
  readonly kind: MachineKind;
  /** Workers that are silent are given up after two seconds, and every run ends by its deadline, by whatever clock. */
  readonly quiet_ms = 9000;
  readonly #folder = new TablesFolder();
  readonly #seed: number;
  readonly #random: Random;
  readonly #history = new History();
  readonly #model: Model;
  /** Tables that apply each entry once, one after the other, and are never restarted. */
  readonly #reference: Tables;
  readonly #coordinators = new Map<Machine, Coordinator>();
  readonly #told = new Map<string, ToldAttempt>();
  readonly #snapshotIndexes = new Map<string, number>();
  /** Tables are compared after every how many entries. */
  readonly #every: number;
  readonly #logLimit_entries: number;
  #acknowledged = 0;
  /** Of all tables, in the end. */
  digest = "";
  #place: Place | undefined;
  #lives = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = randomOf(seed, "coordinators");
    this.#every = this.#random.whole(5, 15);
    this.#logLimit_entries = this.#random.whole(10, 80);
    this.#model = new Model({
      submitted: (actor, index) => {
        const [client = "", sequence = ""] = actor.split("/");
        this.#history.takesEffect({ client, sequence: Number(sequence), key: "", value: "" }, index);
      },
      purged: (actor) => this.#history.effects.delete(actor),
    });
    this.#reference = new Tables(this.#folder.make());
    const made = (image?: Uint8Array): Machine => this.#checked(new Tables(this.#folder.make(), image));
    this.kind = { empty: () => made(), restored: made, begin: (tables, surroundings) => this.#begin(tables, surroundings) };
  }

  get acknowledged(): number {
    return this.#acknowledged + this.#history.acknowledged;
  }

  get reads(): number {
    return this.#history.reads;
  }

  #begin: NonNullable<MachineKind["begin"]> = (tables, surroundings) => {
    if (!(tables instanceof Tables)) throw new Error("a coordinator needs tables");
    this.#lives += 1;
    const random = randomOf(this.#seed, `life ${this.#lives} of ${surroundings.options.id}`);
    const world = { random, logLimit_entries: this.#logLimit_entries, snapshotIndexes: this.#snapshotIndexes };
    const clock = {
      now_ms: () => coordinator?.clock.now_ms() ?? 0,
      monotonic_ms: () => surroundings.ports.now_ms(),
      after: surroundings.after,
    };
    tables.around = { clock, commits: surroundings.commits, isDue: (applied) => applied % this.#every === 0 };
    let coordinator: Coordinator | undefined;
    const begun = beginCoordinator(tables, surroundings, world);
    coordinator = begun.coordinator;
    this.#coordinators.set(tables, begun.coordinator);
    return begun.process;
  };

  /** Of tables that are opened: what they say of how far they are, and what they hold, belong together. */
  #checked(tables: Tables): Tables {
    const { applied, position } = tables.projections;
    const expected = this.#model.positions[applied];
    if (expected !== undefined && expected !== position)
      throw new Violation("applied-with-effects", `tables at entry ${applied} hold ${position} facts and not ${expected}`);
    return tables;
  }

  begin(place: Place): { customers: readonly Customer[]; others: readonly Customer[] } {
    this.#place = place;
    place.checks.onCommitted = (entry) => this.#committed(entry);
    const coordinatorOf = (node: SimNode): Coordinator | undefined =>
      node.isUp ? this.#coordinators.get(node.machine) : undefined;
    const common: Common = { history: this.#history, model: this.#model, keys: 0 };
    const submitters = Array.from({ length: this.#random.whole(2, 4) }, (_, at) =>
      new Submitter(`ci${at + 1}`, place, coordinatorOf).joins(common),
    );
    const workers = Array.from({ length: this.#random.whole(2, 4) }, (_, at) => {
      const worker = new SimWorker(`worker${at + 1}`, place, coordinatorOf);
      worker.onAcknowledged((events) => this.#acknowledge(events));
      return worker;
    });
    for (const each of [...submitters, ...workers]) each.begin();
    return { customers: submitters, others: workers };
  }

  #committed(entry: Entry): void {
    const bodies = entry.kind === "data" ? decodeFacts(entry.data).bodies : [];
    this.#model.take(bodies, entry.index, this.#place?.timeline.now_ms ?? 0);
    this.#reference.apply([entry]);
    this.#reference.projections.settle();
    if (entry.index % this.#every !== 0) return;
    this.#place?.checks.tables("the reference", { applied: entry.index, digest: this.#reference.digestNow() });
    this.#place?.checks.count("tables-compared");
  }

  #acknowledge(events: readonly WorkerEvent[]): void {
    for (const event of events) {
      if (event.type === "started" || event.type === "released") continue;
      const { run, task, attempt } = event;
      const key = `${run} ${task} ${attempt}`;
      const known = this.#told.get(key) ?? { run, task, attempt, cases: 0, outcome: undefined };
      this.#told.set(key, known);
      this.#acknowledged += 1;
      if (event.type === "cases") known.cases = Math.max(known.cases, event.first + event.cases.length);
      else Object.assign(known, { cases: event.cases, outcome: event.outcome });
      this.#model.has(known);
    }
  }

  end(nodes: readonly SimNode[]): void {
    const place = this.#place;
    if (place === undefined) return;
    for (const [type, count] of this.#model.counts) for (let each = 0; each < count; each += 1) place.checks.count(type);
    const expected = this.#reference.digestNow();
    this.digest = expected;
    const applied = this.#reference.applied;
    checkTables("the reference", this.#reference, this.#model, this.#told.values());
    for (const { id, machine } of nodes) {
      if (!(machine instanceof Tables)) continue;
      if (machine.applied !== applied) throw new Violation("progress", `${id} has entry ${machine.applied} of ${applied}`);
      if (machine.digestNow() !== expected) throw new Violation("equal-tables", `${id} differs in the end`);
      checkTables(id, machine, this.#model, this.#told.values());
    }
    for (const [id, { isRunning, opened_ms }] of this.#model.runs)
      if (isRunning) throw new Violation("a-run-ends", `${id} was opened at ${opened_ms.toFixed(0)} ms and goes on`);
  }

  close(): void {
    this.#reference.close();
    for (const tables of this.#coordinators.keys()) tables.close?.();
    this.#folder.close();
  }
}
