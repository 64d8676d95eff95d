/** Levenshtein's distance: the fewest insertions, deletions and replacements that turn one word into the other. */
export function distance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}

/** The known word nearest to what was typed, at most `limit` typing errors away. */
export function correct(word: string, dictionary: readonly string[], limit = 2): string | undefined {
  let best: string | undefined;
  let fewest = limit + 1;
  for (const candidate of dictionary) {
    if (Math.abs(candidate.length - word.length) >= fewest) continue;
    const errors = distance(word, candidate);
    if (errors < fewest) [best, fewest] = [candidate, errors];
  }
  return best;
}
