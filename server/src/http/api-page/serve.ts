import type { Hono } from "hono";
import type { Document } from "./document.ts";
import { apiPagePolicy, renderApiPage } from "./render.ts";

export const apiPagePath = "/api/v1/docs";

/** Serves the API's description as a page, beside the file: it is the same for everybody, and tells nothing that a release does not. */
export function serveApiPage(app: Hono, describe: () => Document): void {
  let page: string | undefined;
  app.get(apiPagePath, (context) => {
    page ??= renderApiPage(describe());
    return context.body(page, 200, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": apiPagePolicy,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-cache",
    });
  });
}
