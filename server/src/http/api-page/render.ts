import { escapeHtml } from "@shardwright/core";
import { createHash } from "node:crypto";
import { schemaHtml } from "./schema-html.ts";
import { style } from "./style.ts";
import { type Document, type Operation, groupsOf, idOf } from "./document.ts";

/** The page asks nobody for anything: what it looks like is in it, under its hash, and nothing in it runs. */
export const apiPagePolicy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** Where a page has none, browsers ask for one at an address of their own. */
const icon = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="#2459c4"/><path fill="#fff" d="M5 6h9v3H5zm5 4.5h9v3h-9zM5 15h6v3H5z"/></svg>')}`;

/** The API's description as one page that can be read, searched and linked to, without a script. */
export function renderApiPage(document: Document): string {
  const groups = groupsOf(document);
  const links = groups.map(
    ({ name, operations }) =>
      `<li><a href="#${escapeHtml(name)}">${escapeHtml(name)}</a> <small>${operations.length}</small></li>`,
  );
  const sections = groups.map(
    ({ name, operations }) =>
      `<section aria-labelledby="${escapeHtml(name)}"><h2 id="${escapeHtml(name)}">${escapeHtml(name)}</h2>\n${operations.map(operationHtml).join("\n")}</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>API – Shardwright</title>
<link rel="icon" href="${icon}">
<style>${style}</style>
</head>
<body>
<a class="skip" href="#operations">Skip to the operations</a>
<header>
<h1>${escapeHtml(document.info.title)}: API</h1>
<p>${escapeHtml(document.info.description)} The same as a file for programs: <a href="openapi.json">openapi.json</a>.</p>
<p>Send a token as <code>Authorization: Bearer swt_…</code>; each operation says which scope it needs.</p>
</header>
<nav aria-label="Groups"><ul>${links.join("")}</ul></nav>
<main id="operations">
${sections.join("\n")}
</main>
</body>
</html>
`;
}

function operationHtml({ method, path, operation }: Operation): string {
  const { summary, parameters = [], requestBody, responses, "x-scopes": scopes } = operation;
  const id = idOf(operation.operationId);
  const needed = scopes === undefined ? "no token needed" : `scope ${scopes.join(" or ")}`;
  const rows = parameters.map(
    ({ name, in: place, required, schema }) =>
      `<li><code>${escapeHtml(name)}</code> <small>in the ${place}${required ? "" : ", optional"}</small> ${schemaHtml(schema)}</li>`,
  );
  const [status, good] = Object.entries(responses).find(([code]) => code !== "default") ?? ["200", {}];
  return `<details id="${id}">
<summary><span class="method ${method}">${method.toUpperCase()}</span> <code>${escapeHtml(path)}</code> <span class="what">${escapeHtml(summary)}</span></summary>
<p><small>${escapeHtml(needed)}</small> <a href="#${id}" aria-label="Link to ${escapeHtml(`${method} ${path}`)}">link</a></p>
${rows.length === 0 ? "" : `<h3>Parameters</h3><ul>${rows.join("")}</ul>`}
${requestBody === undefined ? "" : `<h3>Body</h3>${contentHtml(requestBody.content)}`}
<h3>Answer <code>${escapeHtml(status)}</code></h3>${contentHtml(good.content ?? {})}
</details>`;
}

function contentHtml(content: Readonly<Record<string, { readonly schema?: unknown }>>): string {
  const entries = Object.entries(content);
  if (entries.length === 0) return "<p>Nothing.</p>";
  return entries
    .map(([media, { schema }]) => `<p><code>${escapeHtml(media)}</code></p>${schema === undefined ? "" : schemaHtml(schema)}`)
    .join("");
}
