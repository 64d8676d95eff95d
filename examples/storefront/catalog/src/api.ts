import { createServer, type Server } from "node:http";
import { SearchIndex } from "./search-index.ts";

export interface ApiProduct {
  readonly slug: string;
  readonly title: string;
}

/** The catalog over HTTP: `GET /products/SLUG` with an ETag, and `GET /search?q=WORDS`. */
export function createApi(products: readonly ApiProduct[]): Server {
  const bySlug = new Map(products.map((product) => [product.slug, product]));
  const index = new SearchIndex();
  for (const product of products) index.add(product.slug, product.title);
  return createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const send = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify(body));
    };
    if (request.method !== "GET") return send(405, { error: "only GET" }, { allow: "GET" });
    if (url.pathname === "/search") {
      const words = url.searchParams.get("q") ?? "";
      if (words.trim() === "") return send(400, { error: "q is empty" });
      return send(200, { slugs: index.search(words).map((hit) => hit.id) });
    }
    const product = bySlug.get(url.pathname.replace(/^\/products\//, ""));
    if (product === undefined) return send(404, { error: "no such product" });
    const etag = `"${Buffer.from(product.title).toString("base64url")}"`;
    if (request.headers["if-none-match"] === etag) {
      response.writeHead(304, { etag });
      response.end();
      return;
    }
    send(200, product, { etag });
  });
}
