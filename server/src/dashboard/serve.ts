import { ShardwrightError, reasonOf } from "@shardwright/core";
import type { Context, Hono } from "hono";
import { openSite } from "./site.ts";

/** Addresses that are the API's, or of those who watch over the coordinator: no page of the dashboard is there. */
const notPages = /^\/(?:api|assets|metrics|healthz|readyz|badge)(?:\/|$)/;
/** Deeper than any page lies. */
const deepest = 12;

/**
 * Nothing but the dashboard's own files may run in it, and it may ask nobody but the coordinator it came from. Pictures that tests left behind
 * are shown from memory.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "media-src blob:",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const guards = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** Mounts the dashboard's files; its pages are answered by `answerPage`. */
export function serveDashboard(app: Hono): void {
  app.get("/", answerPage);
  app.get("/assets/:name", async (context) => {
    const file = (await site()).asset(context.req.param("name"));
    if (file === undefined) throw new ShardwrightError("not-found", { what: context.req.path });
    const accepted = context.req.header("accept-encoding") ?? "";
    const encoding = /\bbr\b/.test(accepted) ? "br" : /\bgzip\b/.test(accepted) ? "gzip" : undefined;
    return context.body(encoding === undefined ? file.bytes : file[encoding], 200, {
      ...guards,
      "content-type": file.type,
      // The name changes with what is in it.
      "cache-control": "public, max-age=31536000, immutable",
      vary: "accept-encoding",
      ...(encoding !== undefined && { "content-encoding": encoding }),
    });
  });
}

/** Whether a browser asks for a page, by an address that is none of the API's. */
export function asksForPage({ req }: Context): boolean {
  return req.method === "GET" && !notPages.test(req.path) && (req.header("accept") ?? "").includes("text/html");
}

/** The page, which finds out by its address what it shows. It has nothing in it that anybody may not see. */
export async function answerPage(context: Context): Promise<Response> {
  const depth = context.req.path.split("/").length - 2;
  if (depth > deepest) throw new ShardwrightError("not-found", { what: context.req.path });
  return context.html((await site()).page(depth), 200, {
    ...guards,
    "content-security-policy": policy,
    "cache-control": "no-cache",
  });
}

async function site(): ReturnType<typeof openSite> {
  try {
    return await openSite();
  } catch (error) {
    throw new ShardwrightError("dashboard-missing", { reason: reasonOf(error) }, { cause: error });
  }
}
