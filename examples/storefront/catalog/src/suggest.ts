interface Branch {
  readonly next: Map<string, Branch>;
  weight: number;
}

const branch = (): Branch => ({ next: new Map(), weight: 0 });

/** Completes what a customer types, the most wanted first. */
export class Suggestions {
  readonly #root = branch();

  add(phrase: string, weight = 1): void {
    let place = this.#root;
    for (const character of phrase) {
      const next = place.next.get(character) ?? branch();
      place.next.set(character, next);
      place = next;
    }
    place.weight += weight;
  }

  complete(prefix: string, limit = 5): string[] {
    let place: Branch | undefined = this.#root;
    for (const character of prefix) place = place?.next.get(character);
    if (place === undefined) return [];
    const found: { phrase: string; weight: number }[] = [];
    const open: { phrase: string; at: Branch }[] = [{ phrase: prefix, at: place }];
    for (let item = open.pop(); item !== undefined; item = open.pop()) {
      if (item.at.weight > 0) found.push({ phrase: item.phrase, weight: item.at.weight });
      for (const [character, at] of item.at.next) open.push({ phrase: item.phrase + character, at });
    }
    found.sort((a, b) => b.weight - a.weight || (a.phrase < b.phrase ? -1 : 1));
    return found.slice(0, limit).map((entry) => entry.phrase);
  }
}
