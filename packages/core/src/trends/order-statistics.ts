/** The middle one of sorted values, or the mean of the middle two; NaN of none. */
export function medianOfSorted(sorted: ArrayLike<number>): number {
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}

export function sorted(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).sort();
}

export function median(values: ArrayLike<number>): number {
  return medianOfSorted(sorted(values));
}

/** The value below which a share of the sorted values lies, between two of them by proportion (R. J. Hyndman and Y. Fan 1996, type 7). */
export function quantileOfSorted(values: ArrayLike<number>, share: number): number {
  const at = (values.length - 1) * share;
  const below = Math.floor(at);
  const low = values[below] ?? Number.NaN;
  return low + (at - below) * ((values[Math.min(values.length - 1, below + 1)] ?? low) - low);
}

/** The median absolute deviation, scaled so that it is the standard deviation of normally distributed values. */
export function medianDeviation(values: ArrayLike<number>, around = median(values)): number {
  return normalScale * median(Float64Array.from(values, (value) => Math.abs(value - around)));
}

/** The same of sorted values: from both ends of what is not yet counted, the farther one first. */
export function medianDeviationOfSorted(values: ArrayLike<number>, around = medianOfSorted(values)): number {
  const farthest = Math.floor(values.length / 2);
  let [low, high] = [0, values.length - 1];
  let [last, before] = [Number.NaN, Number.NaN];
  for (let taken = 0; taken <= farthest && low <= high; taken += 1) {
    const [below, above] = [around - (values[low] ?? 0), (values[high] ?? 0) - around];
    before = last;
    if (below > above) {
      last = below;
      low += 1;
    } else {
      last = above;
      high -= 1;
    }
  }
  return normalScale * Math.abs(values.length % 2 === 1 ? last : (last + before) / 2);
}

/** 1 / Φ⁻¹(3/4). */
export const normalScale = 1.482_602_218_505_602;

/** Ranks from 1, equal values sharing the mean of theirs, and Σ (t³ − t) over the groups of t equal values. */
export function ranksOf(values: ArrayLike<number>): { readonly ranks: Float64Array; readonly ties: number } {
  const order = Uint32Array.from({ length: values.length }, (_, index) => index).sort(
    (one, other) => (values[one] ?? 0) - (values[other] ?? 0),
  );
  const ranks = new Float64Array(values.length);
  let ties = 0;
  for (let from = 0; from < order.length;) {
    const value = values[order[from] ?? 0];
    let until = from + 1;
    while (until < order.length && values[order[until] ?? 0] === value) until += 1;
    for (let at = from; at < until; at += 1) ranks[order[at] ?? 0] = (from + 1 + until) / 2;
    ties += (until - from) ** 3 - (until - from);
    from = until;
  }
  return { ranks, ties };
}
