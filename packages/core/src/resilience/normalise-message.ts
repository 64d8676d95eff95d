import { plainText } from "../model/plain-text.ts";

const readLimit = 2000;
const linesKept = 2;
/** What is kept of the outcome. */
const lengthLimit = 400;

const quoted = `"[^"\\n]*"|\`[^\`\\n]*\`|‘[^’\\n]*’|“[^”\\n]*”`;
/** Words before a quotation that names a part of the program: who reads `reading 'total'` is told where to look. */
const naming =
  "reading|setting|property|attribute|module|method|function|symbol|column|table|relation|import|export|variable|fixture|command|package|name|key|KeyError:";

/** What varies from one occurrence of a fault to the next, most specific first. */
const variables: readonly (readonly [RegExp, string | ((match: string, ...groups: string[]) => string)])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<uuid>"],
  [/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?/g, "<time>"],
  // An apostrophe inside a word opens nothing.
  [new RegExp(`(?:\\b(${naming})\\s+\\(?)?(?:${quoted}|(?<![\\p{L}\\p{N}])'[^'\\n]*')`, "gu"), keepNames],
  [/\b(?:https?|wss?|file):\/\/[^\s)'"]+/gi, "<url>"],
  [/(?<![\p{L}\p{N}<])(?:[A-Za-z]:)?(?:[\\/][\w.@+-]+){2,}(?::\d+){0,2}/gu, "<path>"],
  [/(?<![\p{L}\p{N}<])(?:\.{1,2}\/)?(?:[\w.@+-]+\/)+[\w.@+-]+\.\w+(?::\d+){0,2}/gu, "<path>"],
  [/\b0x[0-9a-f]+\b/gi, "<hex>"],
  [/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b/gi, "<hex>"],
  [/\b(?=[a-z]*\d)(?=\d*[a-z])[a-z\d]{16,}\b/gi, "<id>"],
  [/(?<![\p{L}\p{N}])\d[\d,.]*\s?(?:ms|µs|us|ns|s|sec|seconds|milliseconds|min|minutes)\b/gu, "<duration>"],
  [/(?<![\p{L}\p{N}<])-?\d[\d,.]*(?:e[+-]?\d+)?/gu, "<n>"],
  [/\d+/g, "<n>"],
];

/**
 * The part of a message that stays the same when the same fault strikes again: its first lines, with what varies replaced by a name for
 * it. Reads a bounded beginning, so that it takes a bounded time.
 */
export function normaliseMessage(message: string): string {
  const lines = plainText(message.slice(0, readLimit))
    .split("\n")
    .map((line) => line.replace(/^E\s+/, "").trim())
    .filter((line) => line !== "");
  let text = lines.slice(0, linesKept).join(" ");
  for (const [pattern, name] of variables)
    text = typeof name === "string" ? text.replace(pattern, name) : text.replace(pattern, name);
  return text.replace(/\s+/g, " ").slice(0, lengthLimit).toWellFormed();
}

/** A quotation is a value, but for one that names a part of the program. */
function keepNames(match: string, word: string | undefined): string {
  if (word === undefined) return "<text>";
  const opening = match.search(/["`'‘“]/);
  const name = match.slice(opening + 1, -1);
  return /^[\p{L}_$@./-][\w$@./-]{0,79}$/u.test(name)
    ? `${match.slice(0, opening)}‹${name}›`
    : `${match.slice(0, opening)}<text>`;
}
