import { expect, test } from "vitest";
import type { CoordinatorParts } from "../parts.ts";
import { createApp } from "./app.ts";
import { routes } from "./routes.ts";

test("of the routes of one method none is in the way of the router that finds them with one regular expression", async () => {
  const app = createApp({ log: {} } as unknown as CoordinatorParts);
  await app.request("/api/v1/nothing");
  // It falls back to one that is several times slower where a word and a parameter share a place.
  expect(app.router.name).toBe("SmartRouter + RegExpRouter");
  expect(routes.length).toBeGreaterThan(100);
});
