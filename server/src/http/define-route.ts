import type { Scope } from "@shardwright/core";
import type { Context } from "hono";
import type { z } from "zod";
import type { Audited } from "../audit/write-audit.ts";
import type { CoordinatorParts } from "../parts.ts";
import type { AuditedBy } from "./audited.ts";

/** What a handler is given: all of it checked by the route's schemas. */
interface Call<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** The request itself, for what is not JSON. */
  readonly context: Context;
}

/** What a route answers with, for those that do not answer with JSON. */
type Media =
  | "text/event-stream"
  | "application/octet-stream"
  | "application/x-tar"
  | "text/plain"
  | "text/html"
  | "application/json"
  | "image/svg+xml";

/** One route of the API: the server mounts it, and the API's description is made from it. */
export interface Route {
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  /** With `:name` for parameters. */
  readonly path: string;
  readonly summary: string;
  /** A token of any of these scopes is let in; `public` asks for none. */
  readonly scopes: readonly Scope[] | "public";
  readonly params?: z.ZodObject | undefined;
  readonly query?: z.ZodObject | undefined;
  readonly body?: z.ZodType | "bytes" | undefined;
  /** Where a body may have less than the coordinator takes elsewhere. */
  readonly bodyLimit_bytes?: number;
  /** The JSON answer; absent where there is none. */
  readonly answer?: z.ZodType | undefined;
  /** Status of a good answer; 200 with a JSON answer and 204 without one where it is absent. */
  readonly status?: 200 | 201 | 204;
  readonly media?: Media;
  /** Answered by whichever node is asked, from its own tables; anything else the leader answers. */
  readonly isLocal?: boolean;
  /** For other coordinators alone, which may have to show a certificate. */
  readonly isForMembers?: boolean;
  /** Called so often that it has a way of its own beside the framework's; made by `defineFrequentRoute`. */
  readonly isFrequent?: boolean;
  /** What the audit log is told of a call: who made it, and what came of it, it is told anyway. */
  audit?(call: Call<unknown, unknown, unknown>, parts: CoordinatorParts): Audited;
  handle(call: Call<unknown, unknown, unknown>, parts: CoordinatorParts): unknown;
}

interface RouteDefinition<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType, A extends z.ZodType> extends Omit<
  Route,
  "params" | "query" | "body" | "answer" | "audit" | "handle" | "isFrequent"
> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B | "bytes";
  readonly answer?: A;
  audit?: AuditedBy<Call<z.output<P>, z.output<Q>, z.output<B>>>;
  handle(
    call: Call<z.output<P>, z.output<Q>, z.output<B>>,
    parts: CoordinatorParts,
  ): z.input<A> | Response | void | Promise<z.input<A> | Response | void>;
}

/** Ties a handler's types to its route's schemas. */
export function defineRoute<
  P extends z.ZodObject = z.ZodObject,
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodType = z.ZodType<undefined>,
  A extends z.ZodType = z.ZodType<never>,
>(definition: RouteDefinition<P, Q, B, A>): Route {
  return definition;
}

/** What a route may have that is called so often: a path, a body of JSON and an answer of JSON, and nothing else of the request. */
type FrequentDefinition<P extends z.ZodObject, B extends z.ZodType, A extends z.ZodType> = Pick<
  RouteDefinition<P, z.ZodObject, B, A>,
  "path" | "summary"
> & {
  readonly scopes: readonly Scope[];
  readonly params: P;
  readonly body: B;
  readonly answer: A;
  handle(call: { readonly params: z.output<P>; readonly body: z.output<B> }, parts: CoordinatorParts): Promise<z.input<A>>;
};

/** A `POST` that workers send with each result. Its handler never sees the request: there may be no framework that has made one of it. */
export function defineFrequentRoute<P extends z.ZodObject, B extends z.ZodType, A extends z.ZodType>(
  definition: FrequentDefinition<P, B, A>,
): Route {
  return { ...defineRoute<P, z.ZodObject, B, A>({ ...definition, method: "post" }), isFrequent: true };
}
