import { type Scope, ShardwrightError, reasonOf } from "@shardwright/core";
import { type Context, Hono } from "hono";
import type { Logger } from "pino";
import { actorOf, audited } from "../audit/write-audit.ts";
import { forwardedHeader, leaderHeader } from "../cluster/forwarding.ts";
import type { CoordinatorParts } from "../parts.ts";
import { answerPage, asksForPage, serveDashboard } from "../dashboard/serve.ts";
import { credentialOf } from "../security/sessions.ts";
import type { Grant } from "../security/tokens.ts";
import { apiPagePath, serveApiPage } from "./api-page/serve.ts";
import type { Document } from "./api-page/document.ts";
import { routeName } from "./audited.ts";
import { jsonAnswer } from "./compressed.ts";
import type { Route } from "./define-route.ts";
import { parse, parseJson } from "./given.ts";
import { timeHeader } from "./frequent.ts";
import { type ServerBindings, guardStream } from "./guard-stream.ts";
import { openApiDocument, statusOf } from "./openapi.ts";
import { keepToProject } from "./project-bound.ts";
import { readBytes } from "./read-body.ts";
import { namesOf, refuse, refuseWith } from "./refusals.ts";
import { callbackPath } from "./routes/sign-in.ts";
import { refuseOnPage } from "./sign-in-page.ts";
import { socketOf } from "./socket-of.ts";
import { openApiPath, routes } from "./routes.ts";

/** Position of the last fact that an answer knows of; only nodes that do not lead send it. */
const positionHeader = "shardwright-position";
/** `linearizable`: the answer knows all that was durable when it was asked for. */
const consistencyHeader = "shardwright-consistency";

/** The HTTP API: who may, then what was sent, then what is done. */
export function createApp(parts: CoordinatorParts): Hono {
  const app = new Hono();
  const { log } = parts;
  const grants = new WeakMap<Context, Grant>();
  for (const route of routes) {
    const handlers = [
      async (context: Context, next: () => Promise<void>): Promise<Response | void> => {
        context.header(timeHeader, String(parts.clock.now_ms()));
        checkPeer(route, context, parts);
        if (parts.ledger.role !== "leader") {
          if (route.isLocal !== true) return await forward(context, parts);
          tellPosition(context, parts);
        }
        if (route.scopes !== "public") grants.set(context, await check(credentialOf(context), route.scopes, parts));
        await next();
      },
      (context: Context) => answer(route, context, parts, grants.get(context)),
    ] as const;
    app.on(route.method.toUpperCase(), route.path, ...(handlers as unknown as [(context: Context) => Promise<Response>]));
  }
  let document: string | undefined;
  app.get(openApiPath, (context) => {
    document ??= JSON.stringify(openApiDocument());
    return context.body(document, 200, { "content-type": "application/json" });
  });
  serveDashboard(app);
  serveApiPage(app, () => openApiDocument() as unknown as Document);
  app.notFound(async (context) => {
    if (asksForPage(context)) return await answerPage(context);
    const { path, method } = context.req;
    const isKnown = path === openApiPath || path === apiPagePath || routes.some((route) => matches(route.path, path));
    return refuse(
      context,
      isKnown ? new ShardwrightError("method-not-allowed", { method, path }) : new ShardwrightError("not-found", { what: path }),
    );
  });
  app.onError((error, context) => {
    if (error instanceof ShardwrightError && error.code === "no-leader") parts.cluster.figures.refused += 1;
    if (context.req.path === callbackPath) return refuseOnPage(error, context, log);
    return refuseWith(error, context, log);
  });
  return app;
}

async function forward(context: Context, { cluster, log }: CoordinatorParts): Promise<Response> {
  return guardStream(await cluster.forward(context), bindingsOf(context), (error) => {
    cluster.figures.forwarded.broken += 1;
    tellBroken(error, context, log);
  });
}

function bindingsOf({ env }: Context): ServerBindings {
  return (env ?? {}) as ServerBindings;
}

function tellBroken(error: unknown, context: Context, log: Logger): void {
  log.warn({ reason: reasonOf(error), ...namesOf(context) }, "an answer broke off");
}

/** Who asks as a coordinator has to be one. @throws ShardwrightError `peer-untrusted` */
function checkPeer({ isForMembers = false }: Route, context: Context, { cluster }: CoordinatorParts): void {
  if (isForMembers || context.req.header(forwardedHeader) !== undefined) cluster.incoming.checkPeer(socketOf(context));
}

/** What a node that does not lead answers may be behind: it says how far it is, and who leads. */
function tellPosition(context: Context, { ledger, cluster }: CoordinatorParts): void {
  context.header(positionHeader, String(ledger.position));
  if (cluster.leaderAddress !== undefined) context.header(leaderHeader, cluster.leaderAddress);
}

async function check(authorization: string | undefined, scopes: readonly Scope[], parts: CoordinatorParts): Promise<Grant> {
  const { tokens, ledger } = parts;
  try {
    return tokens.check(authorization, scopes);
  } catch (error) {
    if (ledger.role === "leader" || authorization === undefined) throw error;
    // A token that was made a moment ago may not have come here yet.
    await ledger.barrier();
    return tokens.check(authorization, scopes);
  }
}

async function answer(route: Route, context: Context, parts: CoordinatorParts, grant?: Grant): Promise<Response> {
  const { log } = parts;
  const began_ms = parts.clock.monotonic_ms();
  let status = 500;
  try {
    const params = parse(route.params, context.req.param(), "path");
    const query = parse(route.query, context.req.query(), "query");
    const body =
      route.body === undefined || route.body === "bytes"
        ? undefined
        : parse(route.body, await readJson(context, route.bodyLimit_bytes ?? parts.bodyLimit_bytes), "body");
    if (route.isLocal === true && context.req.header(consistencyHeader) === "linearizable") await parts.ledger.barrier();
    const call = { params, query, body, context };
    if (grant?.project !== undefined) await keepToProject(route, call, grant.project, parts);
    const act = () => handle(route, call, parts);
    const about = grant === undefined ? undefined : route.audit?.(call, parts);
    const result =
      grant === undefined || about === undefined
        ? await act()
        : await audited({ ...about, actor: actorOf(grant), route: routeName(route) }, parts, act);
    const response =
      result instanceof Response
        ? guardStream(result, bindingsOf(context), (error) => tellBroken(error, context, log))
        : result === undefined
          ? context.body(null, 204)
          : await jsonAnswer(context, result, statusOf(route));
    ({ status } = response);
    // Nobody reads what HEAD leaves out: its file or stream would stay open for ever.
    if (context.req.method === "HEAD") await response.body?.cancel();
    return response;
  } catch (error) {
    status = error instanceof ShardwrightError ? error.status : 500;
    throw error;
  } finally {
    parts.metrics.request(route.path, route.method, status, parts.clock.monotonic_ms() - began_ms);
  }
}

/** A node that does not lead says that something is not there only when it knows all that there is. */
async function handle(route: Route, call: Parameters<Route["handle"]>[0], parts: CoordinatorParts): Promise<unknown> {
  try {
    return await route.handle(call, parts);
  } catch (error) {
    const isMissing = error instanceof ShardwrightError && error.code === "not-found";
    const isForMember = call.context.req.header(forwardedHeader) !== undefined;
    if (!isMissing || isForMember || route.isLocal !== true || parts.ledger.role === "leader") throw error;
    await parts.ledger.barrier();
    return await route.handle(call, parts);
  }
}

async function readJson(context: Context, limit_bytes: number): Promise<unknown> {
  return parseJson((await readBytes(context, limit_bytes)).toString("utf8"));
}

function matches(template: string, path: string): boolean {
  const wanted = template.split("/");
  const given = path.split("/");
  return wanted.length === given.length && wanted.every((part, index) => part.startsWith(":") || part === given[index]);
}
