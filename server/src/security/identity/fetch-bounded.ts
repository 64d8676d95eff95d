import { reasonOf } from "@shardwright/core";

/** How long an issuer may take for an answer. */
export const timeout_ms = 5000;
const answerLimit_bytes = 262_144;

/** An issuer gave no answer that can be read; the message says why, in words, and nothing of what was asked. */
export class FetchFailed extends Error {
  public override readonly name = "FetchFailed";
}

/**
 * Asks an issuer. The answer is there whole: it is bounded in time and size, and no redirection was followed, which might lead into the
 * coordinator's own network.
 * @throws FetchFailed
 */
export async function fetchBounded(url: string, request: RequestInit = {}): Promise<Response> {
  try {
    const response = await fetch(url, { ...request, redirect: "error", signal: AbortSignal.timeout(timeout_ms) });
    const text = await readBounded(response);
    const { status, headers } = response;
    return new Response(text === "" ? null : text, { status, headers });
  } catch (error) {
    throw new FetchFailed(fetchReason(error), { cause: error });
  }
}

async function readBounded({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > answerLimit_bytes) throw new Error(`it answered with more than ${answerLimit_bytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What `fetch` hides in its cause: `fetch failed` says nothing. */
function fetchReason(error: unknown): string {
  if (!(error instanceof Error)) return reasonOf(error);
  if (error.name === "TimeoutError") return `it did not answer within ${timeout_ms / 1000} s`;
  return error.cause instanceof Error
    ? reasonOf(error.cause) || String((error.cause as { code?: unknown }).code)
    : reasonOf(error);
}
