/** Cuts a text at so many UTF-16 units, never inside a character, and says so at its end. */
export function cutCharacters(text: string, limit: number, mark = "…"): string {
  if (text.length <= limit) return text;
  return `${wholeStart(text, Math.max(0, limit - mark.length))}${mark}`;
}

/** Cuts a text at so many bytes of UTF-8, never inside a character, and says so at its end. */
export function cutBytes(text: string, limit_bytes: number, mark = "…"): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= limit_bytes) return text;
  let end = Math.max(0, limit_bytes - new TextEncoder().encode(mark).length);
  // A byte that goes on with a character begins with the bits 10.
  while (end > 0 && ((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end -= 1;
  return `${new TextDecoder().decode(bytes.subarray(0, end))}${mark}`;
}

function wholeStart(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

/** The items in groups of at most `size`. */
export function inGroups<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}
