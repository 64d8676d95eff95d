import { reasonOf } from "@shardwright/core";

/** How requests to a CI system's API are made: with limits on time, size and tries, and with the patience that it asks for. */
export interface Politeness {
  /** For one try. */
  readonly timeout_ms: number;
  /** Tries in all, the first included. */
  readonly attempts: number;
  /** For all tries and the waits between them. */
  readonly total_ms: number;
  /** Bytes read of one answer. */
  readonly answer_bytes: number;
}

export const defaultPoliteness: Politeness = {
  timeout_ms: 20_000,
  attempts: 6,
  total_ms: 120_000,
  answer_bytes: 8 * 1024 * 1024,
};

export interface PoliteRequest {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** It may be sent again although it may have been carried out: what has no such effect, or has the same effect twice. */
  readonly repeatable: boolean;
  /** More statuses than 429 that mean that it was not carried out, and may be sent again. */
  readonly notCarriedOut?: readonly number[];
}

export interface PoliteAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** @throws HttpRefusal for an answer over 299, and where there was none */
export type PoliteFetch = (url: string, request: PoliteRequest) => Promise<PoliteAnswer>;

/** The answer that stands, or that none came. */
export class HttpRefusal extends Error {
  override readonly name = "HttpRefusal";
  /** 0 where no answer came. */
  readonly status: number;
  /** The start of what it said. */
  readonly text: string;

  constructor(message: string, { status, text, cause }: { status: number; text: string; cause?: unknown }) {
    super(message, { cause });
    this.status = status;
    this.text = text;
  }
}

export interface PoliteOptions {
  readonly politeness?: Partial<Politeness>;
  readonly signal: AbortSignal;
  readonly now_ms: () => number;
  /** Waits; rejects when the signal comes. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** From 0 to 1. */
  readonly random: () => number;
}

const firstPause_ms = 500;
const longestPause_ms = 30_000;
/** GitHub's secondary limits are to be waited for at least so long where it does not say how long. */
const secondaryPause_ms = 60_000;
const shown = 300;

/**
 * Makes a `fetch` that waits as long as a system says (`Retry-After`, `x-ratelimit-reset` at `x-ratelimit-remaining: 0`), else longer each
 * time, with full jitter; an answer of 429 or a secondary limit (403 with either header, or that calls itself so) was not carried out and may always be sent again, a
 * broken connection or an answer over 499 only where the request is repeatable.
 */
export function politeFetch({ politeness, signal, now_ms, wait, random }: PoliteOptions): PoliteFetch {
  const { timeout_ms, attempts, total_ms, answer_bytes } = { ...defaultPoliteness, ...politeness };
  return async (url, request) => {
    const until_ms = now_ms() + total_ms;
    const where = `${request.method} ${new URL(url).pathname}`;
    for (let attempt = 1; ; attempt += 1) {
      let refusal: HttpRefusal;
      let asked_ms: number | undefined;
      let again: boolean;
      try {
        const answer = await once(url, request, AbortSignal.any([signal, AbortSignal.timeout(timeout_ms)]), answer_bytes);
        const { status, text, headers } = answer;
        if (status < 300) return answer;
        refusal = new HttpRefusal(`${where} was answered with ${status}: ${sayOf(text)}`, {
          status,
          text: text.slice(0, 65_536),
        });
        asked_ms = askedWait_ms(headers, now_ms()) ?? (isSecondary(status, text) ? secondaryPause_ms : undefined);
        again =
          status === 429 ||
          request.notCarriedOut?.includes(status) === true ||
          (status === 403 && asked_ms !== undefined) ||
          (status >= 500 && request.repeatable);
      } catch (error) {
        signal.throwIfAborted();
        refusal = new HttpRefusal(`${where} had no answer: ${reasonOf((error as Error).cause ?? error)}`, {
          status: 0,
          text: "",
          cause: error,
        });
        again = request.repeatable;
      }
      const pause_ms = asked_ms ?? random() * Math.min(longestPause_ms, firstPause_ms * 2 ** attempt);
      if (!again || attempt >= attempts || now_ms() + pause_ms > until_ms) throw refusal;
      await wait(pause_ms, signal);
    }
  };
}

async function once(
  url: string,
  { method, headers, body }: PoliteRequest,
  signal: AbortSignal,
  limit: number,
): Promise<PoliteAnswer> {
  // A redirection would take the token along to wherever it points.
  const response = await fetch(url, { method, headers, ...(body !== undefined && { body }), signal, redirect: "manual" });
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > limit) throw new Error(`the answer has more than ${limit} bytes`);
    pieces.push(piece);
  }
  return { status: response.status, headers: response.headers, text: Buffer.concat(pieces).toString("utf8") };
}

/** https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit */
function isSecondary(status: number, text: string): boolean {
  return (status === 403 || status === 429) && /secondary rate limit/i.test(text);
}

function askedWait_ms(headers: Headers, now_ms: number): number | undefined {
  const after = headers.get("retry-after");
  if (after !== null) {
    const seconds = Number(after);
    const wait_ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(after) - now_ms;
    if (Number.isFinite(wait_ms)) return Math.max(0, wait_ms);
  }
  const reset_s = Number(headers.get("x-ratelimit-reset") ?? Number.NaN);
  if (headers.get("x-ratelimit-remaining") !== "0" || !Number.isFinite(reset_s)) return undefined;
  return Math.max(0, reset_s * 1000 - now_ms);
}

/** What an answer says, as a line. */
function sayOf(text: string): string {
  try {
    const { message, error } = JSON.parse(text) as { message?: unknown; error?: unknown };
    const said = message ?? error;
    if (said !== undefined) return (typeof said === "string" ? said : JSON.stringify(said)).slice(0, shown);
  } catch {
    // No JSON: its start as it is.
  }
  return text.replaceAll(/\s+/g, " ").trim().slice(0, shown) || "nothing";
}
