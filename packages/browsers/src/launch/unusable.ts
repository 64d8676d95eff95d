import { stripVTControlCharacters } from "node:util";
import { reasonOf, ShardwrightError } from "@shardwright/core";
import type { DetectedBrowser } from "../browser.ts";

const titles: Readonly<Record<string, string>> = {
  chrome: "Chrome",
  chromium: "Chromium",
  edge: "Edge",
  firefox: "Firefox",
  webkit: "WebKit",
};

/** A browser as people call it: `Firefox 153.7.0`. */
export function browserTitle({ kind, version }: Pick<DetectedBrowser, "kind" | "version">): string {
  return `${titles[kind] ?? kind} ${version}`;
}

/** Turns what Playwright threw about a browser into the error that says why it cannot be used. */
export function unusable(browser: DetectedBrowser, thrown: unknown): ShardwrightError {
  if (thrown instanceof ShardwrightError && thrown.code === "browser-unusable") return thrown;
  const details = { browser: browserTitle(browser), executable: browser.executable, reason: unusableReason(thrown) };
  return new ShardwrightError("browser-unusable", details, { cause: thrown });
}

const longestReason = 300;

/** Why a browser did not start or cannot be driven, in plain words, from the many lines that Playwright has for it. */
export function unusableReason(thrown: unknown): string {
  // Colours of its log.
  const text = stripVTControlCharacters(reasonOf(thrown));
  return told(text).slice(0, longestReason);
}

function told(text: string): string {
  const unknown = /Protocol error[^\n]*(?:unknown command|wasn't found)[^\n]*/.exec(text)?.[0];
  if (unknown !== undefined) return `this version of it and this version of Playwright do not fit (${unknown})`;
  const timeout_ms = /Timeout (\d+)ms exceeded/.exec(text)?.[1];
  if (timeout_ms !== undefined) return `it was started, and could not be driven within ${Number(timeout_ms) / 1000} s`;
  if (/launched a headed browser without/.test(text)) return "it was to have a window, and there is no display";
  if (/executable doesn't exist|ENOENT/.test(text)) return "the program is not there";
  if (/EACCES/.test(text)) return "the program may not be executed";
  const library = /error while loading shared libraries: [^\n]*/.exec(text)?.[0];
  if (library !== undefined) return `its program does not start: ${library}`;
  if (/Chromium sandboxing failed/.test(text)) return "its sandbox does not work here";
  const exit = /<process did exit: exitCode=([^,>]+), signal=([^>]+)>/.exec(text);
  if (exit !== null)
    return `its program ended at once, ${exit[2] === "null" ? `with exit code ${exit[1]}` : `by ${exit[2]}`}${lastWords(text)}`;
  if (/Target page, context or browser has been closed|Failed to launch/.test(text))
    return `its program ended before it could be driven${lastWords(text)}`;
  return text.split("\n", 1)[0]?.replace(/^[\w.]+: /, "") ?? text;
}

/** What the program printed last. */
function lastWords(text: string): string {
  const words = [...text.matchAll(/\[err\] ([^\n]+)/g)].at(-1)?.[1]?.trim();
  return words === undefined ? "" : `: ${words}`;
}
