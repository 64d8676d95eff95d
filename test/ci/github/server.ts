import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Faults } from "../faults.ts";
import { appTokenError, jobAccess, refusalFor, type Access, type App } from "./access.ts";
import { answerErrors, operationAt, requestErrors } from "./contract.ts";
import { behaviours, type Answer } from "./operations.ts";
import { ruleErrors } from "./rules.ts";
import { emptyState, type GithubState } from "./state.ts";

/** One request that came. */
interface Seen {
  /** `POST /repos/o/r/check-runs` */
  readonly request: string;
  readonly body: unknown;
  /** The status that it was answered with; 0 where the connection was ended. */
  status: number;
}

export interface GithubServer {
  /** What `GITHUB_API_URL` is to be. */
  readonly url: string;
  readonly state: GithubState;
  readonly faults: Faults;
  /** In the order in which they came. */
  readonly seen: readonly Seen[];
  /** What broke GitHub's contract: requests, and answers of this server. A test of an adapter ends with none. */
  readonly violations: readonly string[];
  /** Lets a token in. */
  admit(token: string, access: Access): void;
  close(): Promise<void>;
}

export interface GithubServerOptions {
  /** The token of a job with all that docs/ci/github.md asks for. */
  readonly token?: string;
  readonly app?: App;
  readonly now_ms?: () => number;
  /** Requests that make something, in a minute: GitHub allows 80 and then wants patience. */
  readonly writesPerMinute?: number;
}

const largestBody_bytes = 8 * 1024 * 1024;
const minute_ms = 60_000;
const hour_ms = 3_600_000;

/** A server that is GitHub's API as far as the adapters use it: it keeps what it is told, and holds each request to GitHub's schema. */
export async function startGithub(options: GithubServerOptions = {}): Promise<GithubServer> {
  const { app, now_ms = () => Date.now(), writesPerMinute = 80 } = options;
  const state = emptyState();
  const faults = new Faults();
  const seen: Seen[] = [];
  const violations: string[] = [];
  const tokens = new Map<string, Access>([[options.token ?? "ghs_job", jobAccess()]]);
  const writes_ms: number[] = [];
  let lastId = 1000;
  const nextId = () => (lastId += 1);
  const grant = (allowed: ReadonlySet<string>) => {
    const token = `ghs_installation_${nextId()}`;
    const ends_ms = now_ms() + hour_ms;
    tokens.set(token, { kind: "installation", login: `${app?.slug}[bot]`, app: app?.id ?? 0, writes: allowed, ends_ms });
    return { token, expires_at: new Date(ends_ms).toISOString() };
  };

  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => {
      violations.push(`the server itself failed: ${error instanceof Error ? error.stack : String(error)}`);
      request.socket.destroy();
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await textOf(request);
    const address = new URL(request.url ?? "/", url);
    const method = request.method ?? "GET";
    const entry: Seen = { request: `${method} ${address.pathname}`, body: parsed(text), status: 0 };
    seen.push(entry);
    const send = (status: number, body?: unknown, headers: Readonly<Record<string, string>> = {}) => {
      entry.status = status;
      response.writeHead(status, {
        "content-type": "application/json; charset=utf-8",
        "x-ratelimit-remaining": "999",
        ...headers,
      });
      response.end(body === undefined ? "" : JSON.stringify(body));
    };
    const wrong = (errors: readonly string[]) => {
      violations.push(...errors.map((error) => `${entry.request}: ${error}`));
      send(422, { message: "Validation Failed", errors, documentation_url: "https://docs.github.com/rest" });
    };

    const fault = faults.meet(entry.request);
    if (fault === "broken") return void request.socket.destroy();
    if (typeof fault === "object") return send(fault.status, { message: fault.message ?? "trouble" }, fault.headers);

    if (request.headers["user-agent"] === undefined) return wrong(["a request needs a User-Agent"]);
    const operation = operationAt(method, address.pathname);
    if (operation === undefined) return wrong(["GitHub has no such operation, or the slice does not hold it"]);
    const token = /^(?:bearer|token) (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
    const access = token === undefined ? undefined : accessOf(token);
    if (typeof access !== "object") return send(401, { message: access ?? "Bad credentials" });
    const refusal = refusalFor(operation.key, access);
    if (refusal !== undefined) return send(access.kind === "app" ? 401 : 403, { message: refusal });

    if (text !== "" && entry.body === undefined) return send(400, { message: "Problems parsing JSON" });
    const errors = requestErrors(operation, address.searchParams, entry.body);
    if (errors.length === 0) errors.push(...ruleErrors(operation.key, entry.body));
    if (errors.length > 0) return wrong(errors);
    if (method !== "GET" && isTooMuch())
      return send(403, { message: "You have exceeded a secondary rate limit." }, { "retry-after": "60" });

    const behaviour = behaviours[operation.key];
    if (behaviour === undefined) return wrong([`this server does not know what ${operation.key} does`]);
    const now = new Date(now_ms()).toISOString();
    const body = (entry.body ?? {}) as Readonly<Record<string, unknown>>;
    const made = behaviour(
      { path: operation.path, query: address.searchParams, body, access, now },
      { state, app, nextId, grant },
    );
    if (made.status < 300) {
      const own = answerErrors(operation, made.status, made.body);
      violations.push(...own.map((error) => `the answer to ${entry.request}: ${error}`));
    }
    if (fault === "lost") return void request.socket.destroy();
    send(made.status, made.body, linkOf(address, made));
  }

  /** @returns GitHub's words where the token is no good */
  function accessOf(token: string): Access | string {
    const known = tokens.get(token);
    if (known !== undefined) return known.ends_ms > now_ms() ? known : "Bad credentials";
    if (app === undefined || token.split(".").length !== 3) return "Bad credentials";
    const error = appTokenError(token, app, Math.floor(now_ms() / 1000));
    return error ?? { kind: "app", login: app.slug, app: app.id, writes: new Set(), ends_ms: Number.POSITIVE_INFINITY };
  }

  function isTooMuch(): boolean {
    while (writes_ms[0] !== undefined && writes_ms[0] <= now_ms() - minute_ms) writes_ms.shift();
    if (writes_ms.length >= writesPerMinute) return true;
    writes_ms.push(now_ms());
    return false;
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    state,
    faults,
    seen,
    violations,
    admit: (token, access) => void tokens.set(token, access),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function linkOf(address: URL, { count }: Answer): Record<string, string> {
  const size = Number(address.searchParams.get("per_page") ?? 30);
  const number = Number(address.searchParams.get("page") ?? 1);
  if (count === undefined || number * size >= count) return {};
  const next = new URL(address);
  next.searchParams.set("page", String(number + 1));
  return { link: `<${next.href}>; rel="next"` };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > largestBody_bytes) throw new Error(`a request of more than ${largestBody_bytes} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
