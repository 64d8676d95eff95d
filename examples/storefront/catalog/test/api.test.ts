import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApi } from "../src/api.ts";

const titles = ["Red mug", "Blue mug", "Red scarf"];
const server = createApi(titles.map((title) => ({ title, slug: title.toLowerCase().replace(" ", "-") })));
let base = "";

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test("a product comes with an ETag, and not again while it is the same", async () => {
  const first = await fetch(`${base}/products/red-mug`);
  expect(await first.json()).toEqual({ slug: "red-mug", title: "Red mug" });
  const again = await fetch(`${base}/products/red-mug`, { headers: { "if-none-match": first.headers.get("etag") ?? "" } });
  expect(again.status).toBe(304);
});

test("search ranks", async () => {
  const response = await fetch(`${base}/search?q=red+mugs`);
  expect(await response.json()).toMatchObject({ slugs: ["red-mug", expect.any(String), expect.any(String)] });
});

test.each([
  ["GET", "/products/teapot", 404],
  ["GET", "/search?q=+", 400],
  ["DELETE", "/products/red-mug", 405],
])("%s %s is answered with %i", async (method, path, status) => {
  expect((await fetch(base + path, { method })).status).toBe(status);
});

test("1,000 requests, 40 at a time, get the answers they asked for", async () => {
  const slugs = ["red-mug", "blue-mug", "red-scarf"];
  const asked = Array.from({ length: 40 }, (_, index) => slugs[index % 3]);
  for (let round = 0; round < 25; round += 1) {
    const answers = await Promise.all(asked.map(async (slug) => (await fetch(`${base}/products/${slug}`)).json()));
    expect(answers.map((answer) => (answer as { slug: string }).slug)).toEqual(asked);
  }
});
