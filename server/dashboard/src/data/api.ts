import type { ErrorBody } from "@shardwright/core";
import { hearTime } from "./server-time.ts";
import { base } from "../router/location.ts";

/** What a request came to that did not succeed: what the coordinator says of it, and what to do. */
export class ApiError extends Error {
  /** Of the coordinator's catalogue of errors; `unreachable` where nobody answered. */
  readonly code: string;
  readonly status: number;
  readonly hint: string;

  constructor(code: string, status: number, message: string, hint: string, cause?: unknown) {
    super(message, { cause });
    this.name = "ApiError";
    this.code = code;
    this.status = status;
    this.hint = hint;
  }

  /** Whether the same may succeed in a moment, with nothing done about it. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 503 || this.status === 502 || this.status === 504 || this.status === 429;
  }
}

let onUnauthenticated = (): void => undefined;

/** What is to happen whenever a request is refused for want of a session. */
export function whenUnauthenticated(callback: () => void): void {
  onUnauthenticated = callback;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How long an answer may take; streams are read by `openStream`. */
const timeout_ms = 30_000;

/** @param path below `/api/v1/`: `runs?limit=50` @throws ApiError */
export function get<T>(path: string, options: RequestOptions = {}): Promise<T> {
  return ask<T>("GET", path, undefined, options);
}

/** @throws ApiError */
export function post<T>(path: string, body: unknown = {}): Promise<T> {
  return ask<T>("POST", path, body);
}

/** @throws ApiError @public */
export function put<T>(path: string, body: unknown = {}): Promise<T> {
  return ask<T>("PUT", path, body);
}

/** @throws ApiError */
export function patch<T>(path: string, body: unknown): Promise<T> {
  return ask<T>("PATCH", path, body);
}

/** @throws ApiError */
export function remove<T = void>(path: string, body?: unknown): Promise<T> {
  return ask("DELETE", path, body);
}

/** The answer itself, for what is not JSON. @throws ApiError where it is a refusal, or nobody answers */
export async function request(method: string, path: string, body?: unknown, options: RequestOptions = {}): Promise<Response> {
  let response: Response;
  const asked_ms = performance.now();
  try {
    response = await fetch(`${base}api/v1/${path}`, {
      method,
      credentials: "same-origin",
      cache: "no-store",
      // Other sites cannot have it sent: the coordinator takes the session's word for a change only with it.
      headers: {
        "shardwright-dashboard": "1",
        ...(body !== undefined && { "content-type": "application/json" }),
        ...options.headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(options.signal !== undefined && { signal: options.signal }),
    });
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    throw new ApiError(
      "unreachable",
      0,
      "The coordinator does not answer.",
      "Is it running, and is this machine on its network? This page tries again by itself.",
      error,
    );
  }
  hearTime(response.headers.get("shardwright-time"), asked_ms);
  if (response.ok) return response;
  throw await refusalOf(response);
}

async function ask<T>(method: string, path: string, body?: unknown, options: RequestOptions = {}): Promise<T> {
  const limit = AbortSignal.timeout(timeout_ms);
  const signal = options.signal === undefined ? limit : AbortSignal.any([options.signal, limit]);
  try {
    const response = await request(method, path, body, { ...options, signal });
    const text = await response.text();
    return (text === "" ? undefined : JSON.parse(text)) as T;
  } catch (error) {
    if (!limit.aborted) throw error;
    throw new ApiError(
      "slow",
      0,
      "The coordinator did not answer in 30 s.",
      "It may be overloaded: see its metrics and its log.",
      error,
    );
  }
}

async function refusalOf(response: Response): Promise<ApiError> {
  if (response.status === 401) onUnauthenticated();
  try {
    const { error } = (await response.json()) as ErrorBody;
    return new ApiError(error.code, response.status, error.message, error.hint);
  } catch {
    // Not the coordinator's: something on the way has answered.
    return new ApiError(
      "bad-response",
      response.status,
      `Something between here and the coordinator answered with the status ${response.status}.`,
      "Look at the proxy in front of the coordinator.",
    );
  }
}

/** A path's query of what is given; what is undefined stays out. */
export function withQuery(path: string, values: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined && value !== "") query.set(name, String(value));
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}
