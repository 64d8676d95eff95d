import { catalogue, ShardwrightError, type ErrorCode, type ErrorDetails } from "@shardwright/core";
import type { Answer } from "./pools.ts";

/** What a zod schema is to this package. */
export interface AnswerSchema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: { issues: readonly AnswerIssue[] } };
}

interface AnswerIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Reads a body of at most `limit_bytes`. @throws ShardwrightError `bad-response` beyond that. */
export async function readBody(answer: Answer, limit_bytes: number, address: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limit_bytes) {
      answer.body.destroy();
      throw new ShardwrightError("bad-response", { address, reason: `more than ${limit_bytes} bytes came` });
    }
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

/**
 * Where only the status matters, or the body is read bit by bit: the page of a proxy in between says 200 as well.
 * @throws ShardwrightError `bad-response` for an answer that says it is of another kind
 */
export function requireMedia({ headers, body }: Answer, kinds: readonly string[], address: string): void {
  const type = headers["content-type"];
  if (type === undefined || (typeof type === "string" && kinds.some((kind) => type.toLowerCase().startsWith(kind)))) return;
  // That it is not read to its end is no news.
  body.on("error", () => {}).destroy();
  throw new ShardwrightError("bad-response", { address, reason: `it is ${String(type).slice(0, 100)}, not ${kinds[0] ?? ""}` });
}

/** Turns a body into what the schema describes. @throws ShardwrightError `bad-response` naming the fields that differ. */
export function readAnswer<T>(body: Buffer | string, schema: AnswerSchema<T>, address: string): T {
  const value = parseJson(body);
  if (value === undefined) throw new ShardwrightError("bad-response", { address, reason: noJson(String(body)) });
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, 3).map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`);
  throw new ShardwrightError("bad-response", { address, reason: problems.join("; ") });
}

/** The error that an answer of status 400 or more stands for: the coordinator's own, else `bad-response`. */
export function readError(status: number, body: Buffer, address: string): ShardwrightError {
  const error = property(parseJson(body), "error");
  const code = property(error, "code");
  if (typeof code === "string" && isErrorCode(code)) return new ShardwrightError(code, readDetails(property(error, "details")));
  const message = property(error, "message");
  const said = typeof message === "string" ? `: ${message.slice(0, 500)}` : "";
  return new ShardwrightError("bad-response", { address, reason: `status ${status}${said}`, status });
}

/** Whether the same call can succeed later although the caller changes nothing. What the caller did wrong (4xx) never can. */
export function isPassing(error: ShardwrightError): boolean {
  if (error.code === "bad-response") return Number(error.details["status"] ?? 0) >= 500;
  return error.retryable && error.status >= 500;
}

/** What a coordinator says of its own disk. Where there are others, one of them takes over, and the call can succeed there. */
const ofOneCoordinator: ReadonlySet<ErrorCode> = new Set(["ledger-failed", "state-unwritable"]);

/** Whether an error is about the coordinator that answered, so that another one may do what was asked. */
export function isOfOneCoordinator(error: ShardwrightError): boolean {
  return ofOneCoordinator.has(error.code);
}

/** What came in place of JSON, as far as that tells what it is. */
function noJson(text: string): string {
  const start = text
    .slice(0, 200)
    .replaceAll(/[^\x20-\x7e]+/g, " ")
    .trim()
    .slice(0, 40);
  return start === "" ? "it is empty" : `it is no JSON, but begins with “${start}”`;
}

function readDetails(value: unknown): ErrorDetails {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string | number] => ["string", "number"].includes(typeof entry[1])),
  );
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(catalogue, code);
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function parseJson(body: Buffer | string): unknown {
  try {
    return JSON.parse(String(body));
  } catch {
    return undefined;
  }
}
