import { plainText } from "./ansi.ts";

const readLimit = 2000;
const linesKept = 2;

/** What varies from one occurrence of a fault to the next, most specific first. */
const variables: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<uuid>"],
  [/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?/g, "<time>"],
  [/"[^"\n]*"|`[^`\n]*`|‘[^’\n]*’|“[^”\n]*”/g, "<text>"],
  // An apostrophe inside a word opens nothing.
  [/(?<![\p{L}\p{N}])'[^'\n]*'/gu, "<text>"],
  [/\b(?:https?|wss?|file):\/\/[^\s)'"]+/gi, "<url>"],
  [/(?<![\p{L}\p{N}<])(?:[A-Za-z]:)?(?:[\\/][\w.@+-]+){2,}(?::\d+){0,2}/gu, "<path>"],
  [/(?<![\p{L}\p{N}<])(?:\.{1,2}\/)?(?:[\w.@+-]+\/)+[\w.@+-]+\.\w+(?::\d+){0,2}/gu, "<path>"],
  [/\b0x[0-9a-f]+\b/gi, "<hex>"],
  [/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b/gi, "<hex>"],
  [/(?<![\p{L}\p{N}])\d[\d,.]*\s?(?:ms|µs|us|ns|s|sec|seconds|milliseconds|min|minutes)\b/gu, "<duration>"],
  [/(?<![\p{L}<])-?\d[\d,.]*(?:e[+-]?\d+)?/gu, "<n>"],
];

/** The part of a message that stays the same when the same fault strikes again: first lines, with what varies replaced. */
export function normaliseMessage(message: string): string {
  const lines = plainText(message.slice(0, readLimit))
    .split("\n")
    .map((line) => line.replace(/^E\s+/, "").trim())
    .filter((line) => line !== "");
  let text = lines.slice(0, linesKept).join(" ");
  for (const [pattern, name] of variables) text = text.replace(pattern, name);
  return text.replace(/\s+/g, " ");
}
