const stopWords = new Set(["a", "an", "and", "for", "in", "of", "the", "with"]);

/** Takes the plural off, so that "shirts" finds "shirt". Knows English's regular endings only. */
export function stem(word: string): string {
  if (word.length > 4 && word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  if (word.length > 4 && /(?:s|x|z|ch|sh)es$/.test(word)) return word.slice(0, -2);
  if (word.length > 3 && word.endsWith("s") && !word.endsWith("ss")) return word.slice(0, -1);
  return word;
}

export function tokenize(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{Letter}\p{Number}]+/gu) ?? [];
  return words.filter((word) => !stopWords.has(word)).map(stem);
}
