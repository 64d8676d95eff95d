import { type ShardwrightError, escapeHtml } from "@shardwright/core";
import type { Context } from "hono";
import type { Logger } from "pino";
import { apiPagePolicy } from "./api-page/render.ts";
import { style } from "./api-page/style.ts";
import { asRefusal, namesOf } from "./refusals.ts";

/** The dashboard, seen from the address that browsers come back to from the provider. */
const dashboard = "../../../";

/** Says to somebody who could not be signed in what to do: it is a browser that comes back from the provider, and no program. */
export function refuseOnPage(error: Error, context: Context, log: Logger): Response {
  const refusal = asRefusal(error, () => namesOf(context), log);
  if (refusal.retryable) context.header("retry-after", "1");
  return context.html(render(refusal), (refusal.status === 0 ? 500 : refusal.status) as 400, {
    "content-security-policy": apiPagePolicy,
    "x-content-type-options": "nosniff",
    // The address has in it what the provider gave.
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
  });
}

function render({ code, message, hint, retryable }: ShardwrightError): string {
  const again = retryable ? `<p><a href="">Try again</a></p>\n` : "";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Not signed in – Shardwright</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>You are not signed in</h1>
<p>${escapeHtml(message)}</p>
<p>${escapeHtml(hint)}</p>
${again}<p><a href="${dashboard}">Sign in again</a></p>
<p><small>${escapeHtml(code)}</small></p>
</main>
</body>
</html>
`;
}
