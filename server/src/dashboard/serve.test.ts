import { expect, test } from "vitest";
import { Coordinators } from "../testing/coordinators.ts";

const html = { headers: { accept: "text/html,*/*" } };

test("the page is at every address that is not the API's, and finds its files below any prefix", async () => {
  await using coordinators = new Coordinators();
  const { address } = await coordinators.start("a");
  const root = await fetch(`${address}/`);
  expect(root.status).toBe(200);
  const page = await root.text();
  expect(page).toContain('<base href="./"');
  expect(await (await fetch(`${address}/runs/r-1`, html)).text()).toContain('<base href="../"');
  expect(await (await fetch(`${address}/a/b/c`, html)).text()).toContain('<base href="../../"');
  for (const path of ["/api/v1/nothing", "/assets/nothing.js", "/metrics/x"])
    expect(await (await fetch(`${address}${path}`, html)).json()).toMatchObject({ error: { code: "not-found" } });
  // Programs are told as ever.
  expect(await (await fetch(`${address}/runs/r-1`)).json()).toMatchObject({ error: { code: "not-found" } });
  expect((await fetch(`${address}${"/a".repeat(20)}`, html)).status).toBe(404);
});

test("its files are kept for ever by who has them, come compressed, and nothing else may run", async () => {
  await using coordinators = new Coordinators();
  const { address } = await coordinators.start("a");
  const root = await fetch(`${address}/`);
  expect(root.headers.get("cache-control")).toBe("no-cache");
  const policy = root.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|\*|https?:/);
  const page = await root.text();
  expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=/);
  const [, script = ""] = /src="\.(\/assets\/[^"]+\.js)"/.exec(page) ?? [];
  for (const encoding of ["br", "gzip", "identity"]) {
    const file = await fetch(`${address}${script}`, { headers: { "accept-encoding": encoding } });
    expect(file.headers.get("cache-control")).toContain("immutable");
    expect(file.headers.get("content-encoding")).toBe(encoding === "identity" ? null : encoding);
    expect(await file.text()).toContain("shardwright-dashboard");
  }
});
