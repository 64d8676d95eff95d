import type { Socket } from "node:net";
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

/** The connection that a request came by. */
export function socketOf(context: Context): Socket {
  return (context.env as HttpBindings).incoming.socket;
}
