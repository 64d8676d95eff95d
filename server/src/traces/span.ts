import { createHash } from "node:crypto";

export type SpanValue = string | number | boolean;

export interface SpanEvent {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly at_ms: number;
  readonly attributes: Readonly<Record<string, SpanValue>>;
}

/** One span, as this program knows it. */
export interface SpanData {
  readonly name: string;
  readonly kind: "server" | "internal";
  /** 32 and 16 hexadecimal digits. */
  readonly trace: string;
  readonly id: string;
  readonly parent?: { readonly trace: string; readonly id: string };
  /** Milliseconds since 1970. */
  readonly start_ms: number;
  readonly end_ms: number;
  readonly status: "unset" | "error";
  /** Why, for a status that is an error. */
  readonly message?: string;
  readonly attributes: Readonly<Record<string, SpanValue>>;
  readonly events: readonly SpanEvent[];
}

/**
 * An id out of what it is the id of: whoever leads says the same of the same run, and what is sent twice is the same span. Ids of zeros alone
 * mean none, which a hash never is in practice.
 */
export function hashedId(digits: 16 | 32, ...of: readonly (string | number)[]): string {
  return createHash("sha256").update(JSON.stringify(of)).digest("hex").slice(0, digits);
}
