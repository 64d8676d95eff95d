/**
 * The chance that values in another order show a statistic at least as large, when neighbours that belong together stay together: blocks of
 * `length` values are shuffled (P. Good, "Permutation, Parametric and Bootstrap Tests of Hypotheses", 2005; blocks after H. R. Künsch, Annals of
 * Statistics 17, 1989). The statistic may search for its own best split: the same search is done for each order, so p accounts for it.
 * @param random uniform in [0, 1); the same numbers give the same p
 * @returns (1 + orders at least as large) / (1 + rounds), never 0 (B. Phipson and G. K. Smyth 2010)
 */
export function blockPermutation(
  values: ArrayLike<number>,
  statistic: (values: Float64Array) => number,
  { length, rounds, random }: { readonly length: number; readonly rounds: number; readonly random: () => number },
): number {
  const original = Float64Array.from(values);
  const observed = statistic(original);
  const blocks: Float64Array[] = [];
  for (let from = 0; from < original.length; from += length) blocks.push(original.slice(from, from + length));
  const other = new Float64Array(original.length);
  let atLeast = 1;
  for (let round = 0; round < rounds; round += 1) {
    for (let last = blocks.length - 1; last > 0; last -= 1) {
      const pick = Math.floor(random() * (last + 1));
      const [one, two] = [blocks[last], blocks[pick]];
      if (one === undefined || two === undefined) continue;
      blocks[last] = two;
      blocks[pick] = one;
    }
    let at = 0;
    for (const block of blocks) {
      other.set(block, at);
      at += block.length;
    }
    if (statistic(other) >= observed * (1 - 1e-12)) atLeast += 1;
  }
  return atLeast / (rounds + 1);
}
