import { tokenize } from "./tokenize.ts";

export interface Hit {
  readonly id: string;
  readonly score: number;
}

/** An inverted index that ranks by BM25 (Robertson and Zaragoza, 2009), k1 = 1.2, b = 0.75. */
export class SearchIndex {
  readonly #postings = new Map<string, Map<string, number>>();
  readonly #lengths = new Map<string, number>();
  #total = 0;

  get size(): number {
    return this.#lengths.size;
  }

  add(id: string, text: string): void {
    this.remove(id);
    const words = tokenize(text);
    this.#lengths.set(id, words.length);
    this.#total += words.length;
    for (const word of words) {
      const counts = this.#postings.get(word) ?? new Map<string, number>();
      counts.set(id, (counts.get(id) ?? 0) + 1);
      this.#postings.set(word, counts);
    }
  }

  remove(id: string): void {
    const length = this.#lengths.get(id);
    if (length === undefined) return;
    this.#lengths.delete(id);
    this.#total -= length;
    for (const [word, counts] of this.#postings) {
      if (counts.delete(id) && counts.size === 0) this.#postings.delete(word);
    }
  }

  /** The best `limit` documents that hold any of the words; equals are ordered by id. */
  search(query: string, limit = 10): Hit[] {
    const scores = new Map<string, number>();
    const mean = this.#total / Math.max(1, this.size);
    for (const word of new Set(tokenize(query))) {
      const counts = this.#postings.get(word);
      if (counts === undefined) continue;
      const rarity = Math.log(1 + (this.size - counts.size + 0.5) / (counts.size + 0.5));
      for (const [id, count] of counts) {
        const length = (this.#lengths.get(id) ?? 0) / mean;
        const weight = (count * 2.2) / (count + 1.2 * (0.25 + 0.75 * length));
        scores.set(id, (scores.get(id) ?? 0) + rarity * weight);
      }
    }
    return [...scores]
      .map(([id, score]) => ({ id, score }))
      .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
      .slice(0, limit);
  }
}
