import type { Fact } from "@shardwright/core";
import type { Entry, Snapshot } from "@shardwright/raft";
import type { Clock } from "../clock.ts";
import { Tally } from "../observability/tally.ts";
import type { Draft } from "./draft.ts";
import { decodeFacts } from "./fact-entry.ts";
import type { AppliedFact, Projections } from "./ledger.ts";
import type { SnapshotFiles } from "./snapshot-files.ts";

export interface EntryApplierOptions {
  readonly projections: Projections;
  readonly snapshots: SnapshotFiles | undefined;
  readonly clock: Clock;
  /** It has no tables: what is committed only counts. */
  readonly isWitness: boolean;
  /** An entry that was proposed here, which need not be read again. */
  readonly ownDraft: (data: Uint8Array) => Draft | undefined;
  /** Told when facts cannot be applied: nothing may be applied after them. */
  readonly fail: (error: unknown) => void;
}

/** Brings what is committed into the tables, each entry once and in order, and tells those who follow along. */
export class EntryApplier {
  /** How long it took from when something was decided here until a majority had it. */
  readonly committing = new Tally();
  readonly #options: EntryApplierOptions;
  readonly #appliedListeners: ((facts: readonly Fact[]) => void)[] = [];
  readonly #restoredListeners: (() => void)[] = [];
  readonly #configurationListeners = new Set<() => void>();

  constructor(options: EntryApplierOptions) {
    this.#options = options;
  }

  onApplied(listener: (facts: readonly Fact[]) => void): void {
    this.#appliedListeners.push(listener);
  }

  onRestored(listener: () => void): void {
    this.#restoredListeners.push(listener);
  }

  /**
   * Calls once, as soon as the next configuration of the log is applied here: what was applied up to there is in the tables then, and
   * nothing that comes after it.
   * @returns takes it back
   */
  atNextConfiguration(listener: () => void): () => void {
    this.#configurationListeners.add(listener);
    return () => this.#configurationListeners.delete(listener);
  }

  /** @returns the position of the last fact of each entry that carries facts */
  apply(entries: readonly Entry[]): readonly number[] {
    const at = this.#configurationListeners.size === 0 ? -1 : entries.findIndex(({ kind }) => kind === "configuration");
    if (at === -1) return this.#applyAll(entries);
    const results = this.#applyAll(entries.slice(0, at + 1));
    try {
      this.#options.projections.settle();
    } catch {
      // Whoever listens for that was told.
    }
    const listeners = [...this.#configurationListeners];
    this.#configurationListeners.clear();
    for (const listener of listeners) listener();
    return [...results, ...this.#applyAll(entries.slice(at + 1))];
  }

  /** Replaces the tables by a copy that was fetched. @throws what the database threw */
  restore(snapshot: Snapshot): void {
    const { projections, snapshots, isWitness } = this.#options;
    if (isWitness) projections.apply([], snapshot.index);
    else if (snapshots !== undefined) projections.restore(snapshots.pathOf(snapshot));
    for (const listener of this.#restoredListeners) listener();
  }

  #applyAll(entries: readonly Entry[]): readonly number[] {
    if (entries.length === 0) return [];
    const { projections, isWitness } = this.#options;
    const applied = entries.at(-1)?.index ?? projections.applied;
    if (isWitness) {
      projections.apply([], applied);
      return [];
    }
    const { added, results } = this.#read(entries);
    try {
      projections.apply(added, applied);
    } catch (error) {
      this.#options.fail(error);
      return [];
    }
    const facts = added.map(({ fact }) => fact);
    if (facts.length > 0) for (const listener of this.#appliedListeners) listener(facts);
    return results;
  }

  /** The facts in these entries, and where each entry's last one stands. */
  #read(entries: readonly Entry[]): { readonly added: readonly AppliedFact[]; readonly results: readonly number[] } {
    const { projections, clock, ownDraft } = this.#options;
    const added: AppliedFact[] = [];
    const results: number[] = [];
    const now_ms = clock.monotonic_ms();
    let { position } = projections;
    for (const entry of entries) {
      if (entry.kind !== "data") continue;
      const own = ownDraft(entry.data);
      if (own !== undefined) this.committing.add(now_ms - own.since_ms);
      const { at_ms, bodies, texts } = own ?? decodeFacts(entry.data);
      bodies.forEach((body, at) => {
        position += 1;
        added.push({ fact: { position, at_ms, body }, text: texts[at] ?? "", entry: entry.index });
      });
      results.push(position);
    }
    return { added, results };
  }
}
