import type { Fact, RunId } from "@shardwright/core";

/** @param facts that a run has since, in their order; undefined where they are not known: the tables are others now */
export type OnFacts = (facts: readonly Fact[] | undefined) => void;

/** Tells those who watch a run of its new facts. */
export class EventHub {
  readonly #watchers = new Map<RunId, Set<OnFacts>>();

  /** For the ledger's `onApplied`. */
  applied(facts: readonly Fact[]): void {
    if (this.#watchers.size === 0) return;
    const news = new Map<RunId, Fact[]>();
    for (const fact of facts) {
      const { body } = fact;
      if (!("run" in body) || !this.#watchers.has(body.run)) continue;
      const known = news.get(body.run);
      if (known === undefined) news.set(body.run, [fact]);
      else known.push(fact);
    }
    for (const [run, ofRun] of news) for (const onFacts of this.#watchers.get(run) ?? []) onFacts(ofRun);
  }

  /** For the ledger's `onRestored`: anything may be new. */
  restored(): void {
    for (const watchers of this.#watchers.values()) for (const onFacts of watchers) onFacts(undefined);
  }

  /** @returns what ends the watch */
  watch(run: RunId, onFacts: OnFacts): () => void {
    const watchers = this.#watchers.get(run) ?? new Set();
    this.#watchers.set(run, watchers);
    watchers.add(onFacts);
    return () => {
      watchers.delete(onFacts);
      if (watchers.size === 0 && this.#watchers.get(run) === watchers) this.#watchers.delete(run);
    };
  }

  get watched(): number {
    return this.#watchers.size;
  }
}
