/** What a POSIX shell takes as one word, as it is. */
const plain = /^[\w./:=@%+,-]+$/;

/** A word as a POSIX shell takes it. */
export function quoteWord(word: string): string {
  return plain.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command as it is typed into a POSIX shell. */
export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(" ");
}
