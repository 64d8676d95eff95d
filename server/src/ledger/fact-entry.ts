import type { FactBody } from "@shardwright/core";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Facts that were appended together, as one entry of the log carries them: the leader's time, then a line of JSON for each. */
export interface FactEntry {
  /** Milliseconds since 1970, by the leader's clock: no node that applies them looks at its own. */
  readonly at_ms: number;
  readonly bodies: readonly FactBody[];
  /** JSON of each. */
  readonly texts: readonly string[];
}

export function encodeFacts({ at_ms, texts }: Pick<FactEntry, "at_ms" | "texts">): Uint8Array {
  return encoder.encode(`${at_ms}\n${texts.join("\n")}`);
}

export function decodeFacts(data: Uint8Array): FactEntry {
  const [at_ms = "", ...texts] = decoder.decode(data).split("\n");
  return { at_ms: Number(at_ms), bodies: texts.map((text) => JSON.parse(text) as FactBody), texts };
}
