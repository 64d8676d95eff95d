import type { Fact, RunId } from "@shardwright/core";

/** Tells those who watch a run that it has new facts. */
export class EventHub {
  readonly #watchers = new Map<RunId, Set<() => void>>();

  /** For the ledger's `onApplied`. */
  applied(facts: readonly Fact[]): void {
    for (const { body } of facts) if ("run" in body) for (const onFact of this.#watchers.get(body.run) ?? []) onFact();
  }

  /** For the ledger's `onRestored`: anything may be new. */
  restored(): void {
    for (const watchers of this.#watchers.values()) for (const onFact of watchers) onFact();
  }

  /** @returns what ends the watch */
  watch(run: RunId, onFact: () => void): () => void {
    const watchers = this.#watchers.get(run) ?? new Set();
    this.#watchers.set(run, watchers);
    watchers.add(onFact);
    return () => {
      watchers.delete(onFact);
      if (watchers.size === 0 && this.#watchers.get(run) === watchers) this.#watchers.delete(run);
    };
  }

  get watched(): number {
    return this.#watchers.size;
  }
}
