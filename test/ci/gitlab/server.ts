import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Faults } from "../faults.ts";
import { operations, type Operation } from "./operations.ts";
import { quickActionsIn, setStatus, type GitlabState, type Note, type StatusRequest } from "./state.ts";

/** Whom a token belongs to, and what it lets them do. */
interface Holder {
  readonly user: number;
  readonly kind: "personal" | "job";
  /** May write at all: a token of the scope `read_api` does not. */
  readonly writes: boolean;
  /** May change what others wrote. */
  readonly maintainer: boolean;
}

interface Seen {
  /** `POST /projects/7/statuses/abc` */
  readonly request: string;
  readonly body: unknown;
  /** 0 where the connection was ended. */
  status: number;
}

export interface GitlabServer {
  /** What `CI_API_V4_URL` is to be. */
  readonly url: string;
  readonly state: GitlabState;
  readonly faults: Faults;
  readonly seen: readonly Seen[];
  /** Requests that GitLab's documentation does not know. A test of an adapter ends with none. */
  readonly violations: readonly string[];
  admit(token: string, holder?: Partial<Holder>): void;
  close(): Promise<void>;
}

const largestBody_bytes = 4 * 1024 * 1024;

/** A server that is GitLab's API as far as the adapter uses it: it keeps what it is told, and holds each request to the documentation. */
export async function startGitlab(): Promise<GitlabServer> {
  const state: GitlabState = {
    project: { id: 7, path: "group/shop" },
    pipelines: [],
    statuses: [],
    notes: new Map(),
    quickActions: [],
  };
  const faults = new Faults();
  const seen: Seen[] = [];
  const violations: string[] = [];
  const holders = new Map<string, Holder>();
  let lastId = 1000;
  const nextId = () => (lastId += 1);

  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => {
      violations.push(`the server itself failed: ${error instanceof Error ? error.stack : String(error)}`);
      request.socket.destroy();
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await textOf(request);
    const address = new URL(request.url ?? "/", "http://gitlab");
    const path = address.pathname.replace(/^\/gitlab\/api\/v4/, "");
    const entry: Seen = { request: `${request.method} ${path}`, body: parsed(text), status: 0 };
    seen.push(entry);
    const send = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) => {
      entry.status = status;
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
    };
    const fault = faults.meet(entry.request);
    if (fault === "broken") return void request.socket.destroy();
    if (typeof fault === "object") return send(fault.status, { message: fault.message ?? "no" }, fault.headers);
    const [status, body, headers] = respond(entry, request, address, text);
    if (fault === "lost") return void request.socket.destroy();
    send(status, body, headers);
  }

  type Answer = readonly [status: number, body: unknown, headers?: Readonly<Record<string, string>>];

  function respond(entry: Seen, request: IncomingMessage, address: URL, text: string): Answer {
    const path = entry.request.slice(entry.request.indexOf(" ") + 1);
    const operation = operations.find(({ method, path: pattern }) => method === request.method && pattern.test(path));
    const refuse = (status: number, what: string): Answer => {
      violations.push(`${entry.request}: ${what}`);
      return [status, { error: what }];
    };
    if (operation === undefined || !address.pathname.startsWith("/gitlab/api/v4/")) return refuse(404, "404 Not Found");
    const holder = holderOf(request, operation);
    if (holder === undefined) return [401, { message: "401 Unauthorized" }];
    const query = operation.query.safeParse(Object.fromEntries(address.searchParams));
    if (!query.success) return refuse(400, query.error.message);
    if (operation.body === undefined && text !== "") return refuse(400, "it takes no body");
    if (operation.body !== undefined && request.headers["content-type"] !== "application/json")
      return refuse(400, `a body of ${request.headers["content-type"]}`);
    const body = operation.body?.safeParse(entry.body);
    if (body?.success === false) return refuse(400, body.error.message);
    const parts = (operation.path.exec(path) ?? []).slice(1).map(decodeURIComponent);
    if (operation.name === "current user") return [200, { id: holder.user, username: `user-${holder.user}` }];
    if (![String(state.project.id), state.project.path].includes(parts[0] ?? ""))
      return [404, { message: "404 Project Not Found" }];
    if (request.method !== "GET" && !holder.writes)
      return [
        403,
        {
          error: "insufficient_scope",
          error_description: "The request requires higher privileges than provided by the access token.",
        },
      ];
    return carryOut(operation, parts, query.data as Readonly<Record<string, never>>, body?.data, holder);
  }

  function holderOf(request: IncomingMessage, { jobToken }: Operation): Holder | undefined {
    const personal = holders.get(String(request.headers["private-token"]));
    if (personal?.kind === "personal") return personal;
    const job = holders.get(String(request.headers["job-token"]));
    return job?.kind === "job" && jobToken ? job : undefined;
  }

  function carryOut(
    { name }: Operation,
    [, second = "", third = ""]: readonly string[],
    query: { readonly name?: string; readonly page?: number; readonly per_page?: number; readonly sort?: string },
    body: unknown,
    holder: Holder,
  ): Answer {
    if (name === "set status") {
      const set = setStatus(state, second, body as StatusRequest, nextId);
      return Array.isArray(set) ? [set[0], { message: set[1] }] : [201, set];
    }
    if (name === "list statuses")
      return [200, state.statuses.filter((one) => one.sha === second && (query.name === undefined || one.name === query.name))];
    const notes = state.notes.get(Number(second));
    if (notes === undefined) return [404, { message: "404 Not found" }];
    if (name === "list notes") {
      const { page = 1, per_page = 20 } = query;
      const sorted = query.sort === "asc" ? notes : notes.toReversed();
      const hasMore = page * per_page < notes.length;
      const headers = { "x-page": String(page), "x-per-page": String(per_page), "x-next-page": hasMore ? String(page + 1) : "" };
      return [200, sorted.slice((page - 1) * per_page, page * per_page).map(shown), headers];
    }
    const { body: said } = body as { body: string };
    if (name === "create note") {
      const note: Note = { id: nextId(), author: holder.user, system: false, body: said };
      notes.push(note);
      state.quickActions.push(...quickActionsIn(said));
      return [201, shown(note)];
    }
    const note = notes.find(({ id }) => id === Number(third));
    if (note === undefined) return [404, { message: "404 Note Not Found" }];
    if (note.author !== holder.user && !holder.maintainer) return [403, { message: "403 Forbidden" }];
    note.body = said;
    state.quickActions.push(...quickActionsIn(said));
    return [200, shown(note)];
  }

  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    // Below a path, as an instance may be.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/gitlab/api/v4`,
    state,
    faults,
    seen,
    violations,
    admit: (token, holder) => void holders.set(token, { user: 1, kind: "personal", writes: true, maintainer: false, ...holder }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function shown({ author, ...note }: Note) {
  return { ...note, author: { id: author, username: `user-${author}` }, noteable_type: "MergeRequest" };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > largestBody_bytes) throw new Error("the body is too large");
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
