import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Context } from "hono";
import type { Answer } from "../reading/reader.ts";

const compress = promisify(gzip);
/** Less than that travels in a few packets anyway. */
const least_bytes = 8 * 1024;
/** What costs a third of the time of the default, and is a tenth larger. */
const level = 3;

/** A JSON answer, compressed where it is worth it and whoever asks takes that. */
export function jsonAnswer(context: Context, value: unknown, status: number): Promise<Response> {
  return textAnswer(context, JSON.stringify(value), status);
}

/** The same of what was read for it. */
export async function readAnswer(context: Context, reading: Promise<Answer>): Promise<Response> {
  const answer = await reading;
  return "text" in answer ? textAnswer(context, answer.text, 200) : jsonAnswer(context, answer.value, 200);
}

/** @param text JSON; its bytes are UTF-8 */
async function textAnswer(context: Context, text: string | Uint8Array<ArrayBuffer>, status: number): Promise<Response> {
  const headers = { "content-type": "application/json" };
  const isWanted = text.length >= least_bytes && acceptsGzip(context.req.header("accept-encoding"));
  if (!isWanted) return context.body(text, status as 200, headers);
  context.header("vary", "accept-encoding", { append: true });
  const bytes = await compress(text, { level });
  return context.body(new Uint8Array(bytes), status as 200, { ...headers, "content-encoding": "gzip" });
}

function acceptsGzip(accepted: string | undefined): boolean {
  return /(?:^|,)\s*gzip\s*(?:;\s*q=(?!0(?:\.0+)?\s*(?:,|$))[\d.]+\s*)?(?:,|$)/i.test(accepted ?? "");
}
