import type { Context } from "hono";
import type { Audited } from "../audit/write-audit.ts";
import type { CoordinatorParts } from "../parts.ts";
import type { Route } from "./define-route.ts";

/** A route, as the audit log names it. */
export function routeName({ method, path }: Pick<Route, "method" | "path">): string {
  return `${method.toUpperCase()} ${path}`;
}

/** The calls of a route that is audited, as its handler gets them. */
export type AuditedBy<C> = (call: C & { readonly context: Context }, parts: CoordinatorParts) => Audited;
