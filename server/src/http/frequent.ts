import type { IncomingMessage, ServerResponse } from "node:http";
import { forwardedHeader } from "../cluster/forwarding.ts";
import type { CoordinatorParts } from "../parts.ts";
import type { Route } from "./define-route.ts";
import { parse, parseJson } from "./given.ts";
import { asRefusal, refusalOf } from "./refusals.ts";

/** The coordinator's clock as it answers, in milliseconds since 1970: those who show how long ago something was may not go by their own. */
export const timeHeader = "shardwright-time";
/** What is larger costs more than the framework does. */
const bodyLimit_bytes = 256 * 1024;
/** Of an id in a path that has to be read no further than this. */
const idPattern = "([A-Za-z0-9_-]{1,128})";

/** Answers a request, or leaves it as it came. @returns whether it answers */
export type FrequentAnswers = (request: IncomingMessage, response: ServerResponse) => boolean;

interface Frequent {
  readonly route: Route;
  readonly pattern: RegExp;
  readonly names: readonly string[];
}

/**
 * Answers what workers send with each result without the framework, which costs as much as all that is decided about it. Takes only what
 * is as it usually is: sent to the leader itself, with a good token for all projects, of a length that is told. Anything else is the app's,
 * which answers all routes.
 */
export function frequentAnswers(routes: readonly Route[], parts: CoordinatorParts): FrequentAnswers {
  const frequent = routes.filter(({ isFrequent }) => isFrequent === true).map(patternOf);
  return (request, response) => {
    if (request.method !== "POST" || !isUsual(request, parts)) return false;
    const { url = "" } = request;
    for (const each of frequent) {
      const found = each.pattern.exec(url);
      if (found === null) continue;
      if (!isLetIn(each.route, request, parts)) return false;
      const params = Object.fromEntries(each.names.map((name, at) => [name, found[at + 1]]));
      const began_ms = parts.clock.monotonic_ms();
      readText(request, (text) => void answer({ route: each.route, params, text, began_ms }, response, parts));
      return true;
    }
    return false;
  };
}

function patternOf(route: Route): Frequent {
  const names: string[] = [];
  const pattern = route.path.replaceAll(/:(\w+)/g, (_, name: string) => {
    names.push(name);
    return idPattern;
  });
  return { route, pattern: new RegExp(`^${pattern}$`), names };
}

function isUsual({ headers }: IncomingMessage, parts: CoordinatorParts): boolean {
  const length_bytes = Number(headers["content-length"] ?? Number.NaN);
  const limit_bytes = Math.min(bodyLimit_bytes, parts.bodyLimit_bytes);
  return parts.ledger.role === "leader" && headers[forwardedHeader] === undefined && length_bytes <= limit_bytes;
}

function isLetIn({ scopes }: Route, { headers }: IncomingMessage, { tokens }: CoordinatorParts): boolean {
  try {
    return scopes !== "public" && tokens.check(headers.authorization, scopes).project === undefined;
  } catch {
    // Who is not let in is told by the app.
    return false;
  }
}

/** @param use called with all of a body, and not at all if it breaks off: nobody is there to be answered then */
function readText(request: IncomingMessage, use: (text: string) => void): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => use((chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))?.toString("utf8") ?? ""));
  request.on("error", () => {});
}

interface Asked {
  readonly route: Route;
  readonly params: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  /** Monotonic. */
  readonly began_ms: number;
}

async function answer(asked: Asked, response: ServerResponse, parts: CoordinatorParts): Promise<void> {
  const { route, began_ms } = asked;
  const { clock, metrics, cluster, log } = parts;
  let status = 200;
  try {
    send(response, status, {}, await handle(asked, parts), parts);
  } catch (error) {
    const names = () => ({ method: route.method.toUpperCase(), path: route.path, ...asked.params });
    const refusal = refusalOf(asRefusal(error, names, log));
    if (refusal.body.error.code === "no-leader") cluster.figures.refused += 1;
    ({ status } = refusal);
    send(response, status, refusal.headers, refusal.body, parts);
  } finally {
    metrics.request(route.path, route.method, status, clock.monotonic_ms() - began_ms);
  }
}

async function handle({ route, ...asked }: Asked, parts: CoordinatorParts): Promise<unknown> {
  const params = parse(route.params, asked.params, "path");
  const body = parse(route.body as Exclude<Route["body"], "bytes">, parseJson(asked.text), "body");
  // `defineFrequentRoute` lets its handler have no more than that.
  return await route.handle({ params, body } as Parameters<Route["handle"]>[0], parts);
}

function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  value: unknown,
  { clock }: CoordinatorParts,
): void {
  const text = JSON.stringify(value);
  response.writeHead(status, {
    ...headers,
    [timeHeader]: String(clock.now_ms()),
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}
