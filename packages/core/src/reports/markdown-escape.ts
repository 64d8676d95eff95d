import { plainText } from "../model/plain-text.ts";

const entity = (character: string) => `&#${character.codePointAt(0) ?? 0};`;

/**
 * Text that stays text in any Markdown: one line, and every character that Markdown or HTML could read as structure becomes an
 * entity. A word joiner keeps an `@` from calling people.
 */
export function escapeMarkdown(text: string): string {
  return oneLine(text)
    .replace(/[&<>"`*_{}[\]#|~\\$:]/g, entity)
    .replaceAll("@", "&#64;&#8288;");
}

/** A name in code letters, safe in tables too: escaped HTML, since backticks cannot hold backticks and pipes. */
export function codeSpan(text: string, limit = 300): string {
  const line = oneLine(text);
  const shown = line.length > limit ? `${line.slice(0, limit - 1).toWellFormed()}…` : line;
  return `<code>${shown.replace(/[&<>"`*_{}[\]#|~\\$@]/g, entity)}</code>`;
}

/** A fenced block whose fence is longer than any run of backticks inside. @param named its language; found out when absent */
export function fenced(text: string, limit_characters: number, named?: "sh"): string {
  const plain = plainText(text).replace(/\s+$/, "");
  const cut = plain.length > limit_characters;
  const shown = cut
    ? `${plain.slice(0, limit_characters).toWellFormed()}\n… ${plain.length - limit_characters} more characters`
    : plain;
  const longest = [...shown.matchAll(/`+/g)].reduce((most, run) => Math.max(most, run[0].length), 2);
  const fence = "`".repeat(longest + 1);
  const language = named ?? (/^\s*(?:E\s+)?\+ /m.test(shown) && /^\s*(?:E\s+)?- /m.test(shown) ? "diff" : "text");
  return `${fence}${language}\n${shown}\n${fence}`;
}

function oneLine(text: string): string {
  return plainText(text).replace(/\s+/g, " ").trim();
}
