import type { Installation } from "@shardwright/core";
import { definePlugin } from "@shardwright/plugin";
import { expect, test } from "vitest";
import { readSignIn } from "../security/sign-in/options.ts";
import { Coordinators, call, newWorker } from "../testing/coordinators.ts";
import { submissionOf } from "../testing/world.ts";

const secret = "a client secret of these tests";
const signIn = readSignIn(
  {
    issuer: "https://login.example.com",
    client_id: "shardwright",
    name: "Example",
    addresses: ["https://ci.example.com/ci"],
    rules: [{ claims: { groups: ["admins", "root-*"] }, scope: "admin" }],
  },
  "sign-in.yml",
  secret,
);
const own = definePlugin({
  name: "own",
  version: "1.2.0",
  setup: (api) => api.on("runEnded", () => undefined),
});

test("administrators see what the leader was started with, but nothing that is secret", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a", {}, 0, {
    signIn,
    plugins: [own],
    alertTellers: [
      { name: "slack", target: "slack: hooks.example.com/…", tell: () => Promise.resolve() },
      { name: "pager", tell: () => Promise.resolve() },
    ],
  });
  const { status, body } = await call(coordinator, "GET", "/api/v1/installation");
  expect(status).toBe(200);
  const { plugins, ...rest } = body as Installation;
  expect(rest).toEqual({
    quotas: [],
    notifications: [{ target: "slack: hooks.example.com/…" }, { target: "pager" }],
    sign_in: {
      name: "Example",
      issuer: "https://login.example.com",
      client_id: "shardwright",
      has_secret: true,
      redirect_uris: ["https://ci.example.com/ci/api/v1/session/callback"],
      scopes: ["openid", "email", "profile"],
      session_hours: 12,
      rules: [{ claims: { groups: ["admins", "root-*"] }, scope: "admin", project: "*" }],
    },
  });
  expect(plugins.filter(({ built_in }) => !built_in)).toEqual([
    { name: "own", version: "1.2.0", built_in: false, parts: [], hooks: ["runEnded"] },
  ]);
  expect(JSON.stringify(body)).not.toContain(secret);
  for (const scope of ["read", "submit"]) {
    const token = (await call(coordinator, "POST", "/api/v1/tokens", { name: "someone", scope })).body as { secret: string };
    expect((await call(coordinator, "GET", "/api/v1/installation", undefined, token.secret)).status).toBe(403);
  }
});

test("quotas are told with what is used of them, and projects that have none with what they use", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const quotas = async () => ((await call(coordinator, "GET", "/api/v1/installation")).body as Installation).quotas;
  const worker = await newWorker(coordinator);
  await call(coordinator, "POST", "/api/v1/runs", submissionOf(["a.test.js"], { project: "shop" }));
  const lease = await call(coordinator, "POST", `/api/v1/workers/${worker}/leases`, { slots: 1, wait_ms: 10_000 });
  expect(lease.body.leases).toHaveLength(1);
  expect(await quotas()).toEqual([{ project: "shop", in_use: 1 }]);
  await call(coordinator, "PUT", "/api/v1/configuration/quota", { value: ["nightly=8", "*=32"] });
  expect(await quotas()).toEqual([
    { project: "nightly", slots: 8, in_use: 0 },
    { project: "*", slots: 32 },
    { project: "shop", slots: 32, in_use: 1 },
  ]);
});
