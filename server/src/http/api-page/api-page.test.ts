import { expect, test } from "vitest";
import { Coordinators } from "../../testing/coordinators.ts";
import { routes } from "../routes.ts";
import { schemaHtml } from "./schema-html.ts";

test("the API's page has every route, and neither scripts nor anything to fetch", async () => {
  await using coordinators = new Coordinators();
  const { address } = await coordinators.start("a");
  const response = await fetch(`${address}/api/v1/docs`);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-security-policy")).toMatch(
    /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; img-src data:; base-uri 'none'; /,
  );
  const page = await response.text();
  for (const { path } of routes) expect(page).toContain(`<code>${path.replace(/:(\w+)/g, "{$1}")}</code>`);
  expect(page).not.toMatch(/<script|<link rel="icon" href="(?!data:)|<link rel="(?!icon")|<img|src=|style=/);
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test("a schema is shown with its bounds, and what is in it is text", () => {
  const schema = {
    type: "object",
    required: ["n"],
    properties: { n: { type: "integer", minimum: 1, maximum: 9, default: 5 }, "<b>": { enum: ["a", 2] } },
  };
  expect(schemaHtml(schema)).toBe(
    "object<ul><li><code>n</code> integer <small>from 1 up to 9</small> <small>default <code>5</code></small></li>" +
      "<li><code>&lt;b&gt;</code> <small>optional</small> <code>a</code> | <code>2</code></li></ul>",
  );
});
