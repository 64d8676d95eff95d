import type { Engine } from "../browser.ts";

/** What a browser says of itself. */
export interface Identity {
  readonly kind: string;
  readonly engine: Engine;
  readonly channel: string;
  readonly version: string;
}

/** Which names are whose; the first that fits counts, for the others' names contain it. */
const names: readonly { readonly pattern: RegExp; readonly kind: string; readonly engine: Engine }[] = [
  { pattern: /Microsoft ?Edge/i, kind: "edge", engine: "chromium" },
  // A build for tests, without what is Google's alone: what Playwright calls its Chromium.
  { pattern: /Chrome for Testing|HeadlessChrome|Chromium/i, kind: "chromium", engine: "chromium" },
  { pattern: /Google Chrome/i, kind: "chrome", engine: "chromium" },
  { pattern: /Mozilla|Firefox|^Nightly/i, kind: "firefox", engine: "firefox" },
];

/** The kinds that a browser can be recognised as: an operator may call no other so. */
export const recognisedKinds: ReadonlySet<string> = new Set([...names.map(({ kind }) => kind), "webkit"]);

/**
 * Reads what a browser prints for `--version`, or its program's product name and version; undefined where it is no browser that is known.
 * @example identify("Mozilla Firefox 153.7.0esr") // firefox, esr, 153.7.0
 */
export function identify(text: string): Identity | undefined {
  const [, version, suffix = ""] = /(\d+(?:\.\d+)+)([a-z]\w*)?/.exec(text) ?? [];
  const name = names.find(({ pattern }) => pattern.test(text));
  if (version === undefined || name === undefined) return undefined;
  return { kind: name.kind, engine: name.engine, channel: channelOf(text, suffix), version };
}

function channelOf(text: string, suffix: string): string {
  if (suffix === "esr") return "esr";
  // Firefox numbers its betas 154.0b3, and what is built every night 155.0a1.
  if (/^b\d/.test(suffix) || /\bbeta\b/i.test(text)) return "beta";
  if (/^a\d/.test(suffix) || /\b(?:canary|nightly|SxS)\b/i.test(text)) return "canary";
  return /\b(?:dev|unstable|developer edition)\b/i.test(text) ? "dev" : "stable";
}
