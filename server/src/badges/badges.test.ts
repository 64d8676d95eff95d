import { expect, test } from "vitest";
import { Coordinators, adminToken, call, newWorker, playRun } from "../testing/coordinators.ts";
import { drawBadge } from "./draw-badge.ts";

test("a badge tells the verdict of the newest run that has ended, to those who may know it", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const worker = await newWorker(coordinator);
  const get = (path: string, token?: string, headers: Record<string, string> = {}) =>
    fetch(`${coordinator.address}${path}`, {
      headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    });
  await playRun(coordinator, worker, "one", ["a.test.js"], { project: "shop", context: { branch: "main" } });
  await playRun(coordinator, worker, "two", ["a.test.js"], { project: "shop", context: { branch: "fix", pull_request: "7" } });

  expect((await get("/badge/shop.svg")).status).toBe(401);
  const { body: other } = await call(coordinator, "POST", "/api/v1/tokens", { name: "o", scope: "read", project: "site" });
  expect((await get("/badge/shop.svg", other.secret as string)).status).toBe(403);
  const shown = await get("/badge/shop.svg", adminToken);
  expect(shown.headers.get("content-type")).toBe("image/svg+xml; charset=utf-8");
  expect(shown.headers.get("cache-control")).toBe("private, max-age=60, must-revalidate");
  expect(await shown.text()).toContain("shop: passed");
  expect((await get("/badge/shop.png", adminToken)).status).toBe(400);

  await call(coordinator, "PUT", "/api/v1/configuration/public-badges", { value: true });
  const open = await get("/badge/shop.svg?branch=main");
  expect(open.headers.get("cache-control")).toContain("public");
  expect((await get("/badge/shop.svg?branch=main", undefined, { "if-none-match": open.headers.get("etag") ?? "" })).status).toBe(
    304,
  );
  // A project that is not there is told apart from none by nobody.
  expect(await (await get("/badge/nothing.svg")).text()).toContain("nothing: no runs");
  expect(await (await get("/badge/shop.svg?branch=gone")).text()).toContain("shop: no runs");
});

test("a name is text in the picture, whatever it is", () => {
  const picture = drawBadge(`</text><script>alert("1")</script>&'`, "failed");
  expect(picture).not.toContain("<script");
  expect(picture).toContain("&lt;script&gt;");
  expect(drawBadge("x".repeat(500), undefined).length).toBeLessThan(1500);
});
