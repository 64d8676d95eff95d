import type { Context } from "hono";

/** What a request is let in by. */
export function credentialOf(context: Context): string | undefined {
  return context.req.header("authorization");
}
