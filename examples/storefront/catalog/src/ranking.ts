export interface Rated {
  readonly id: string;
  /** How many customers gave 1, 2, 3, 4 and 5 stars. */
  readonly stars: readonly [number, number, number, number, number];
}

/** The mean rating, drawn towards 3 stars while votes are few: `prior` votes of 3 are added. */
export function bayesianMean(rated: Rated, prior = 10): number {
  const votes = rated.stars.reduce((sum, count) => sum + count, 0);
  const points = rated.stars.reduce((sum, count, index) => sum + count * (index + 1), 0);
  return (points + 3 * prior) / (votes + prior);
}

/** The best `limit` products, kept in a heap: the whole catalog is never sorted. */
export function topRated(products: Iterable<Rated>, limit: number): string[] {
  const heap: { id: string; score: number }[] = [];
  const below = (a: { id: string; score: number }, b: { id: string; score: number }): boolean =>
    a.score < b.score || (a.score === b.score && a.id > b.id);
  const sift = (start: number): void => {
    for (let at = start; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        const [one, other] = [heap[child], heap[least]];
        if (one !== undefined && other !== undefined && below(one, other)) least = child;
      }
      const [one, other] = [heap[at], heap[least]];
      if (least === at || one === undefined || other === undefined) return;
      heap[at] = other;
      heap[least] = one;
      at = least;
    }
  };
  for (const product of products) {
    const entry = { id: product.id, score: bayesianMean(product) };
    const least = heap[0];
    if (heap.length < limit) {
      heap.push(entry);
      if (heap.length === limit) for (let at = limit >> 1; at >= 0; at -= 1) sift(at);
    } else if (least !== undefined && below(least, entry)) {
      heap[0] = entry;
      sift(0);
    }
  }
  return heap.sort((a, b) => (below(a, b) ? 1 : -1)).map((entry) => entry.id);
}
