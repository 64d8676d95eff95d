import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { apiVersion, routeOf } from "./schema.ts";
import { Store } from "./store.ts";

/** What goes wrong with one request. `drop-before`: the connection ends and nothing was done; `drop-after`: it was done, and nobody is told. */
export type Fault =
  | "drop-before"
  | "drop-after"
  | "sign-in"
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly done?: true };

export interface Request {
  readonly method: string;
  readonly path: string;
  /** Size of its body. */
  readonly bytes: number;
}

export interface AzureDevOps {
  /** What `System.CollectionUri` says. */
  readonly collection: string;
  readonly store: Store;
  readonly requests: readonly Request[];
  /** What was wrong with requests, by any rule; a right client leaves it empty. */
  readonly violations: readonly string[];
  /** Decides what goes wrong with a request. */
  fault: ((request: Request) => Fault | undefined) | undefined;
  close(): Promise<void>;
}

export interface AzureDevOpsOptions {
  /** The job's own token. */
  readonly token: string;
  readonly builds?: readonly string[];
}

const bodyLimit_bytes = 25 * 1024 * 1024;

/** Azure DevOps' REST API on this machine, as far as we use it: it remembers, and refuses what Microsoft's specification does not allow. */
export async function startAzureDevOps({ token, builds = ["7"] }: AzureDevOpsOptions): Promise<AzureDevOps> {
  const store = new Store(builds);
  const requests: Request[] = [];
  const violations: string[] = [];
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      violations.push(String(error));
      request.socket.destroy();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const azure: AzureDevOps = {
    collection: `http://127.0.0.1:${(server.address() as AddressInfo).port}/acme/`,
    store,
    requests,
    violations,
    fault: undefined,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return azure;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await read(request);
    const { pathname, searchParams } = new URL(request.url ?? "/", azure.collection);
    const path = decodeURIComponent(pathname);
    const method = request.method ?? "GET";
    const asked: Request = { method, path, bytes: text.length };
    requests.push(asked);
    const send = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) => {
      response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
      response.end(JSON.stringify(body));
    };
    const refuse = (status: number, problems: readonly string[]) => {
      violations.push(...problems.map((problem) => `${method} ${path}: ${problem}`));
      send(status, { message: problems.join("; "), typeKey: "InvalidArgumentValueException" });
    };

    const fault = azure.fault?.(asked);
    if (fault === "drop-before") return void request.socket.destroy();
    if (fault === "sign-in") {
      response.writeHead(203, { "content-type": "text/html; charset=utf-8" });
      return void response.end("<html>Azure DevOps Services | Sign In</html>");
    }
    if (typeof fault === "object" && fault.done !== true)
      return send(fault.status, { message: `TF400733: the request was cancelled (${fault.status})` }, fault.headers);

    const basic = `Basic ${Buffer.from(`:${token}`).toString("base64")}`;
    if (request.headers.authorization !== `Bearer ${token}` && request.headers.authorization !== basic)
      return send(401, { message: "TF400813: The user is not authorized to access this resource." });
    const route = routeOf(method, path);
    if (route === undefined) return refuse(404, ["there is no such operation"]);
    const version = searchParams.get("api-version");
    if (version !== apiVersion) return refuse(400, [`the api-version is ${version ?? "missing"}`]);
    const strange = [...searchParams.keys()].filter((key) => !route.query.includes(key));
    if (strange.length > 0)
      return refuse(
        400,
        strange.map((key) => `there is no parameter ${key}`),
      );
    if (text.length > 0 && !/^application\/json\b/.test(request.headers["content-type"] ?? ""))
      return refuse(415, ["the body is no JSON"]);
    const body = text.length === 0 ? undefined : (JSON.parse(text.toString("utf8")) as unknown);
    const problems = route.bodyProblems(body);
    if (problems.length > 0) return refuse(400, problems);
    const outcome = store.handle(method, route.path, route.parameters, searchParams, body);
    if ("problems" in outcome) return refuse(outcome.status, outcome.problems);
    if (fault === "drop-after") return void request.socket.destroy();
    if (typeof fault === "object") return send(fault.status, { message: "the gateway lost the answer" }, fault.headers);
    send(200, outcome.body);
  }
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyLimit_bytes) throw new Error(`a request has more than ${bodyLimit_bytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
