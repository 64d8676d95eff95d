import { createRequire } from "node:module";
import { stripVTControlCharacters } from "node:util";
import type { Verdict } from "@shardwright/core";
import picocolors from "picocolors";

export type Colors = ReturnType<typeof picocolors.createColors>;

/** `NO_COLOR` and `FORCE_COLOR` are honoured; else colours go to terminals and to the CI systems that show them. */
export function chooseColors(isTerminal: boolean, environment: Readonly<Record<string, string | undefined>>): Colors {
  if (environment.NO_COLOR !== undefined && environment.NO_COLOR !== "") return picocolors.createColors(false);
  if (environment.FORCE_COLOR !== undefined && environment.FORCE_COLOR !== "0") return picocolors.createColors(true);
  const ciShowsColours = environment.GITHUB_ACTIONS !== undefined || environment.GITLAB_CI !== undefined;
  return picocolors.createColors((isTerminal && environment.TERM !== "dumb") || ciShowsColours);
}

/** `450 ms`, `12.3 s`, `4 min 05 s`. */
export function duration(value_ms: number): string {
  if (value_ms < 999.5) return `${Math.round(value_ms)} ms`;
  if (value_ms < 59_950) return `${(value_ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(value_ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
  return `${Math.floor(seconds / 3600)} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, "0")} min`;
}

/** Text of tests as a terminal may show it: no control sequences, which could repaint or retitle it. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is taken out
  return stripVTControlCharacters(text).replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, "");
}

/** The same on one line: a name with a line break in it must not begin a line of its own. */
export function printableLine(text: string): string {
  return printable(text).replaceAll(/\s+/g, " ");
}

const require = createRequire(import.meta.url);
let measure: ((text: string) => number) | undefined;

/** How many columns a text takes in a terminal, without its colours. */
export function columnsOf(text: string): number {
  if (/^[\x20-\x7E]*$/.test(text)) return text.length;
  // Loaded here and not above: it takes long, and most runs have no use for it.
  measure ??= (require("string-width") as { default: (text: string) => number }).default;
  return measure(text);
}

let graphemes: Intl.Segmenter | undefined;
/** No terminal shows more of a line that is cut. */
const widest = 1000;

/** Cuts a line to a width in columns, keeping its end, where the file's name is. Wide characters take two columns. */
export function keepEnd(text: string, width: number): string {
  if (text.length <= widest && columnsOf(text) <= width) return text;
  graphemes ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  let kept = "";
  let used = 1;
  for (const { segment } of [...graphemes.segment(text.slice(-widest).toWellFormed())].toReversed()) {
    used += columnsOf(segment);
    if (used > width) break;
    kept = segment + kept;
  }
  return width < 1 ? "" : `…${kept}`;
}

/** Fills a line up with spaces to a width in columns. */
export function padTo(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - columnsOf(text)));
}

export function paintVerdict(verdict: Verdict, colors: Colors): string {
  const word = ` ${verdict.toUpperCase()} `;
  return colors.bold(
    colors.inverse(verdict === "passed" ? colors.green(word) : verdict === "failed" ? colors.red(word) : colors.yellow(word)),
  );
}

/** So many names stand for more of them. */
const namedLimit = 5;

/** A list of names, cut where it would be long. */
export function nameSome(names: readonly string[]): string {
  return names.length <= namedLimit
    ? names.join(", ")
    : `${names.slice(0, namedLimit).join(", ")} and ${names.length - namedLimit} more`;
}
