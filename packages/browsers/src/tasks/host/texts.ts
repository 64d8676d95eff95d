import { inspect } from "node:util";
import { cut } from "@shardwright/runners/host";

const limit = 60_000;
/** Where the frames of what calls a test stand. */
const ownFrames = new URL(".", import.meta.url).href;

/** What was thrown, as a case shows it: colours and our own frames are no use to its readers. */
export function describeError(error: unknown): { message: string; details: string } {
  if (!(error instanceof Error)) {
    const text = cut(typeof error === "string" ? error : inspect(error), limit);
    return { message: text, details: text };
  }
  const { actual, expected } = error as { actual?: unknown; expected?: unknown };
  const compared = "actual" in error && "expected" in error ? `\n\nexpected: ${show(expected)}\nreceived: ${show(actual)}` : "";
  const message = cut(plain(error.message), limit);
  const stack = plain(error.stack ?? error.message)
    .split("\n")
    .filter((line) => !line.includes(ownFrames))
    .join("\n");
  return { message, details: cut(`${stack}${compared}`, limit) };
}

function show(value: unknown): string {
  return cut(inspect(value, { depth: 6, maxArrayLength: 50 }), 4000);
}

function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- colours begin with one
  return text.replaceAll(/\u001B\[[\d;]*m/g, "").replaceAll(/\?shardwright=\d+/g, "");
}
