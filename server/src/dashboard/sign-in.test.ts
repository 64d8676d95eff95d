import { expect, test } from "vitest";
import type { Coordinator } from "../coordinator.ts";
import { Coordinators, adminToken, call } from "../testing/coordinators.ts";

interface Asked {
  readonly cookie?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
  readonly json?: unknown;
}

/** As the dashboard's page asks: with its cookie and its header. */
async function ask({ address }: Coordinator, path: string, { cookie, headers, method = "GET", json }: Asked = {}) {
  return await fetch(`${address}${path}`, {
    method,
    headers: { "shardwright-dashboard": "1", ...(cookie !== undefined && { cookie }), ...headers },
    ...(json !== undefined && { body: JSON.stringify(json) }),
  });
}

async function signIn(coordinator: Coordinator, token = adminToken): Promise<string> {
  const response = await ask(coordinator, "/api/v1/session", { method: "POST", json: { token } });
  expect(response.status).toBe(200);
  return response.headers.get("set-cookie")?.split(";")[0] ?? "";
}

async function makeToken(coordinator: Coordinator, more: Record<string, unknown>): Promise<{ id: string; secret: string }> {
  return (await call(coordinator, "POST", "/api/v1/tokens", { name: "someone", scope: "read", ...more })).body as {
    id: string;
    secret: string;
  };
}

test("a token is exchanged for a session that may do what the token may, until it is signed out", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const { secret } = await makeToken(coordinator, { scope: "submit" });
  const response = await ask(coordinator, "/api/v1/session", { method: "POST", json: { token: secret } });
  expect(await response.json()).toMatchObject({ name: "someone", scope: "submit" });
  const set = response.headers.get("set-cookie") ?? "";
  expect(set).toMatch(/^shardwright-session=sws_\S+; Max-Age=43200; HttpOnly; SameSite=Strict$/);
  const cookie = set.split(";")[0] ?? "";
  expect(cookie).not.toContain(secret);
  expect((await ask(coordinator, "/api/v1/runs", { cookie })).status).toBe(200);
  expect((await ask(coordinator, "/api/v1/tokens", { cookie })).status).toBe(403);
  const who = (await (await ask(coordinator, "/api/v1/session", { cookie })).json()) as { session?: object };
  expect(who.session).toMatchObject({ name: "someone", scope: "submit" });
  const gone = await ask(coordinator, "/api/v1/session", { cookie, method: "DELETE" });
  expect([gone.status, await gone.json()]).toEqual([200, {}]);
  expect(gone.headers.get("set-cookie")).toContain("Max-Age=0");
  expect((await ask(coordinator, "/api/v1/runs", { cookie })).status).toBe(401);
  expect(await (await ask(coordinator, "/api/v1/session", { cookie })).json()).toEqual({});
  // The token itself is as good as before.
  expect((await call(coordinator, "GET", "/api/v1/runs", undefined, secret)).status).toBe(200);
});

test("a session ends with its token, and makes no other sessions", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const { id, secret } = await makeToken(coordinator, {});
  const cookie = await signIn(coordinator, secret);
  const again = await ask(coordinator, "/api/v1/session", { method: "POST", json: { token: cookie.split("=")[1] } });
  expect(again.status).toBe(401);
  await call(coordinator, "DELETE", `/api/v1/tokens/${id}`);
  expect((await ask(coordinator, "/api/v1/runs", { cookie })).status).toBe(401);
});

test("a session for one project sees that project alone, and a token that may read nothing makes none", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const { secret } = await makeToken(coordinator, { project: "shop" });
  const cookie = await signIn(coordinator, secret);
  expect((await ask(coordinator, "/api/v1/runs?project=shop", { cookie })).status).toBe(200);
  expect((await ask(coordinator, "/api/v1/runs?project=other", { cookie })).status).toBe(403);
  const worker = await makeToken(coordinator, { scope: "worker" });
  expect((await ask(coordinator, "/api/v1/session", { method: "POST", json: { token: worker.secret } })).status).toBe(403);
  expect((await ask(coordinator, "/api/v1/session", { method: "POST", json: { token: "nonsense" } })).status).toBe(401);
});

test("other sites cannot use the cookie, whatever they have a browser send", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const cookie = await signIn(coordinator);
  const write = { method: "POST", json: { name: "mine", scope: "admin" }, cookie };
  const refused = async (asked: Asked) =>
    (await (await ask(coordinator, "/api/v1/tokens", asked)).json()) as { error: { code: string } };
  // A form of another page on this machine: browsers take its port for the same site, but it cannot set the header.
  const bare = await fetch(`${coordinator.address}/api/v1/tokens`, {
    method: "POST",
    headers: { cookie },
    body: JSON.stringify(write.json),
  });
  expect(await bare.json()).toMatchObject({ error: { code: "cross-site" } });
  for (const site of ["same-site", "cross-site", "none"])
    expect((await refused({ ...write, headers: { "sec-fetch-site": site } })).error.code).toBe("cross-site");
  expect((await refused({ cookie, headers: { "sec-fetch-site": "cross-site" } })).error.code).toBe("cross-site");
  const tokens = (await call(coordinator, "GET", "/api/v1/tokens")).body as { tokens: { name: string }[] };
  expect(tokens.tokens.map(({ name }) => name)).not.toContain("mine");
  expect((await ask(coordinator, "/api/v1/tokens", { ...write, headers: { "sec-fetch-site": "same-origin" } })).status).toBe(201);
});

test("one token has a bounded number of sessions: the oldest gives way", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a", {}, 0, { durability: "relaxed" });
  const { secret } = await makeToken(coordinator, {});
  const first = await signIn(coordinator, secret);
  let last = first;
  for (let count = 1; count <= 50; count += 1) last = await signIn(coordinator, secret);
  expect((await ask(coordinator, "/api/v1/runs", { cookie: first })).status).toBe(401);
  expect((await ask(coordinator, "/api/v1/runs", { cookie: last })).status).toBe(200);
});

test("who signs in, out, or is not let in is in the audit log, and what they do there is by their token's name", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const ada = await makeToken(coordinator, { name: "ada", scope: "admin" });
  const robot = await makeToken(coordinator, { name: "robot", scope: "worker" });
  const cookie = await signIn(coordinator, ada.secret);
  await ask(coordinator, "/api/v1/configuration/open-runs", { method: "PUT", cookie, json: { value: 7 } });
  for (let turn = 1; turn <= 2; turn += 1) await ask(coordinator, "/api/v1/session", { method: "DELETE", cookie });
  for (const token of [robot.secret, "swt_nonsense", cookie.split("=")[1]])
    await ask(coordinator, "/api/v1/session", { method: "POST", json: { token } });
  const { entries } = (await call(coordinator, "GET", "/api/v1/audit?limit=6")).body as { entries: object[] };
  const withToken = { name: "session.sign-in", object: "the dashboard, with a token", route: "POST /api/v1/session" };
  expect(entries).toMatchObject([
    { ...withToken, actor: { name: "unknown" }, outcome: "refused", code: "unauthenticated" },
    { ...withToken, actor: { name: "unknown" }, outcome: "refused", code: "unauthenticated" },
    { ...withToken, actor: { name: "robot" }, outcome: "refused", code: "forbidden" },
    { name: "session.sign-out", actor: { name: "ada", scope: "admin" }, outcome: "done" },
    { name: "configuration.set", actor: { name: "ada", scope: "admin" }, outcome: "done" },
    { ...withToken, actor: { name: "ada", scope: "admin", token: ada.id }, outcome: "done" },
  ]);
  for (const secret of [ada.secret, robot.secret, "nonsense", cookie]) expect(JSON.stringify(entries)).not.toContain(secret);
});
