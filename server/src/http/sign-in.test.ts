import { decodeJwt } from "jose";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Coordinator } from "../coordinator.ts";
import { readSignIn } from "../security/sign-in/options.ts";
import { Coordinators, adminToken, call } from "../testing/coordinators.ts";
import { TestProvider } from "../testing/provider.ts";

const dashboard = "https://ci.example.com/shardwright/";
const ada = { sub: "u-1", email: "ada@example.com", email_verified: true, groups: ["testers"] };

let provider: TestProvider;
let coordinators: Coordinators;
beforeEach(async () => {
  provider = await TestProvider.start();
  provider.redirectUris.push(`${dashboard}api/v1/session/callback`);
  coordinators = new Coordinators();
});
afterEach(async () => {
  await coordinators[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

const optionsFor = (more: object = {}) => ({
  signIn: readSignIn(
    {
      issuer: provider.address,
      client_id: provider.clientId,
      name: "Example",
      addresses: [dashboard],
      rules: [{ claims: { groups: "testers" }, scope: "submit", project: "shop" }],
      ...more,
    },
    "sign-in.yml",
    provider.clientSecret,
  ),
});

const page = { "shardwright-dashboard": "1" };

/** As a browser that keeps the cookies of one path asks the proxy, which takes its prefix away. */
async function begin({ address }: Coordinator, returnTo = "runs", cookie = "") {
  const response = await fetch(`${address}/api/v1/session/begin`, {
    method: "POST",
    headers: { ...page, cookie },
    body: JSON.stringify({ address: dashboard, return_to: returnTo }),
  });
  expect(response.status).toBe(200);
  const [begun = ""] = response.headers.getSetCookie();
  return { url: ((await response.json()) as { url: string }).url, begun };
}

const comeBack = ({ address }: Coordinator, answer: URL, begun: string) =>
  fetch(`${address}/api/v1/session/callback${answer.search}`, {
    redirect: "manual",
    headers: { accept: "text/html", "sec-fetch-site": "cross-site", cookie: begun.split(";")[0] ?? "" },
  });

const who = async ({ address }: Coordinator, cookie: string) =>
  (await (await fetch(`${address}/api/v1/session`, { headers: { ...page, cookie } })).json()) as object;

test("whoever the provider lets in has a session of what the rules say, in the browser's cookie, below the proxy's prefix", async () => {
  const coordinator = await coordinators.start("a", {}, 0, optionsFor());
  expect(await who(coordinator, "")).toEqual({ provider: "Example" });
  const { url, begun } = await begin(coordinator, "runs?project=shop");
  expect(begun).toMatch(/; Max-Age=600; HttpOnly; Path=\/shardwright\/api\/v1\/session; SameSite=Lax; Secure$/);
  const response = await comeBack(coordinator, provider.visit(url, ada), begun);
  expect(response.status).toBe(303);
  expect(response.headers.get("location")).toBe(`${dashboard}runs?project=shop`);
  expect(response.headers.get("cache-control")).toBe("no-store");
  const [session = "", kept = "", forgotten = ""] = response.headers.getSetCookie();
  expect(session).toMatch(
    /^shardwright-session=sws_oidc-\S+; Max-Age=43200; HttpOnly; Path=\/shardwright\/api\/v1; SameSite=Strict; Secure$/,
  );
  expect(kept).toMatch(
    /^shardwright-signed-in=[\w.-]{200,}; Max-Age=43200; HttpOnly; Path=\/shardwright\/api\/v1\/session; SameSite=Strict; Secure$/,
  );
  expect(forgotten).toMatch(/^shardwright-sign-in=; Max-Age=0; .*Path=\/shardwright\/api\/v1\/session;/);
  const cookie = session.split(";")[0] ?? "";
  expect(await who(coordinator, cookie)).toMatchObject({
    session: { name: "ada@example.com", scope: "submit", project: "shop" },
  });
  const get = async (path: string) => (await fetch(`${coordinator.address}${path}`, { headers: { ...page, cookie } })).status;
  expect([await get("/api/v1/runs?project=shop"), await get("/api/v1/runs?project=site"), await get("/api/v1/tokens")]).toEqual([
    200, 403, 403,
  ]);

  // It survives the process, and no other provider.
  await coordinators.stop(coordinator);
  const again = await coordinators.start("a", {}, 0, optionsFor());
  expect(await who(again, cookie)).toHaveProperty("session");
  const signOut = await fetch(`${again.address}/api/v1/session`, { method: "DELETE", headers: { ...page, cookie } });
  expect([signOut.status, await signOut.json()]).toEqual([200, {}]);
  expect(await who(again, cookie)).toEqual({ provider: "Example" });
  const { entries } = (await call(again, "GET", "/api/v1/audit?action=session")).body as { entries: object[] };
  const actor = { name: "ada@example.com", scope: "submit", project: "shop" };
  expect(entries).toMatchObject([
    { name: "session.sign-out", actor: { ...actor, token: expect.any(String) }, object: "the dashboard", outcome: "done" },
    { name: "session.sign-in", actor, object: "the dashboard, by Example (u-1)", project: "shop", outcome: "done" },
  ]);
});

describe("signing out", () => {
  const endSession = () => ({ end_session_endpoint: `${provider.address}/logout?realm=acme` });
  /** Signs somebody in, and out again. */
  async function signOut(options: object, more: { claims?: object; before?: () => void; without?: string } = {}) {
    const coordinator = await coordinators.start("a", {}, 0, optionsFor(options));
    const { url, begun } = await begin(coordinator);
    const response = await comeBack(coordinator, provider.visit(url, { ...ada, ...more.claims }), begun);
    const cookies = response.headers.getSetCookie().map((each) => each.split(";")[0] ?? "");
    const sent = cookies.filter((each) => more.without === undefined || !each.startsWith(more.without)).join("; ");
    more.before?.();
    const answer = await fetch(`${coordinator.address}/api/v1/session`, { method: "DELETE", headers: { ...page, cookie: sent } });
    expect(answer.status).toBe(200);
    expect(await who(coordinator, cookies[0] ?? "")).not.toHaveProperty("session");
    await coordinators.stop(coordinator);
    return { ...((await answer.json()) as { url?: string }), cookies: answer.headers.getSetCookie() };
  }

  test("the browser goes on to the provider, which is told whose session ends and where to send it back to", async () => {
    provider.misbehaviour.document = endSession();
    const { url = "", cookies } = await signOut({});
    const { origin, pathname, searchParams } = new URL(url);
    expect(`${origin}${pathname}`).toBe(`${provider.address}/logout`);
    const { id_token_hint, ...asked } = Object.fromEntries(searchParams);
    expect(asked).toEqual({ realm: "acme", client_id: provider.clientId, post_logout_redirect_uri: dashboard });
    expect(decodeJwt(id_token_hint ?? "")).toMatchObject({ sub: "u-1", iss: provider.address });
    expect(cookies.at(-1)).toMatch(/^shardwright-signed-in=; Max-Age=0; HttpOnly; Path=\/shardwright\/api\/v1\/session;/);
    // A token that no cookie has room for is not sent: the provider asks who is meant.
    const long = await signOut(
      {},
      { claims: { groups: ["testers", ...Array.from({ length: 200 }, (_, at) => `group-number-${at}`)] } },
    );
    expect([...new URL(long.url ?? "").searchParams.keys()].toSorted()).toEqual([
      "client_id",
      "post_logout_redirect_uri",
      "realm",
    ]);
  });

  test("it ends here where the provider has no place for it, is away, or is not to be told, and of a session that it did not make", async () => {
    expect(await signOut({})).not.toHaveProperty("url");
    provider.misbehaviour.document = { end_session_endpoint: "http://login.example.com/logout" };
    expect(await signOut({})).not.toHaveProperty("url");
    provider.misbehaviour.document = endSession();
    expect(await signOut({ sign_out: "here" })).not.toHaveProperty("url");
    expect(await signOut({}, { without: "shardwright-signed-in" })).not.toHaveProperty("url");
    // What a provider of before left in the browser says nothing of a session that a token was given for.
    const coordinator = await coordinators.start("a", {}, 0, optionsFor());
    const { url, begun } = await begin(coordinator);
    const kept = (await comeBack(coordinator, provider.visit(url, ada), begun)).headers.getSetCookie()[1]?.split(";")[0];
    const signedIn = await fetch(`${coordinator.address}/api/v1/session`, {
      method: "POST",
      headers: page,
      body: JSON.stringify({ token: adminToken }),
    });
    const cookie = `${signedIn.headers.getSetCookie()[0]?.split(";")[0]}; ${kept}`;
    const gone = await fetch(`${coordinator.address}/api/v1/session`, { method: "DELETE", headers: { ...page, cookie } });
    expect([gone.status, await gone.json()]).toEqual([200, {}]);
  });
});

test("with another provider, or none, sessions of the one before end", async () => {
  const coordinator = await coordinators.start("a", {}, 0, optionsFor());
  const { url, begun } = await begin(coordinator);
  const response = await comeBack(coordinator, provider.visit(url, ada), begun);
  const cookie = response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  await coordinators.stop(coordinator);
  for (const options of [optionsFor({ client_id: "another" }), {}]) {
    const other = await coordinators.start("a", {}, 0, options);
    expect(await who(other, cookie)).not.toHaveProperty("session");
    await coordinators.stop(other);
  }
});

test("who is not let in is told on a page what to do, on which nothing runs", async () => {
  const coordinator = await coordinators.start("a", {}, 0, optionsFor());
  const { url, begun } = await begin(coordinator);
  const refused = async (response: Response, status: number, kept: readonly string[] = []) => {
    expect(response.status).toBe(status);
    expect(response.headers.getSetCookie().map((cookie) => cookie.split(";")[0])).toEqual(kept);
    expect(response.headers.get("content-type")).toContain("text/html");
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(response.headers.get("referrer-policy")).toBe("no-referrer");
    return await response.text();
  };
  const no = await refused(await comeBack(coordinator, provider.refuse(url, "access_denied", "<script>1</script>"), begun), 403);
  expect(no).toContain("Example did not let you sign in: access_denied: &lt;script&gt;");
  expect(no).toContain('<a href="../../../">');
  const another = "shardwright-sign-in=another-account";
  const outside = await refused(await comeBack(coordinator, provider.visit(url, { ...ada, groups: [] }), begun), 403, [another]);
  expect(outside).toContain("you are ada@example.com, who has no access here");
  expect(outside).not.toContain("testers");
  // The provider would say at once that it is they once more: the next time it is told to ask.
  expect(new URL(url).searchParams.get("prompt")).toBeNull();
  expect(new URL((await begin(coordinator, "", another)).url).searchParams.get("prompt")).toBe("login");
  const lost = await refused(await comeBack(coordinator, provider.visit(url, ada), ""), 400);
  expect(lost).toContain("was not begun in this browser");
  provider.misbehaviour = { token: (response) => response.writeHead(502).end() };
  const away = await refused(await comeBack(coordinator, provider.visit(url, ada), begun), 503);
  expect(away).toContain('<a href="">Try again</a>');
  // What was kept in the browser is as good as before.
  provider.misbehaviour = {};
  expect((await comeBack(coordinator, provider.visit(url, ada), begun)).status).toBe(303);
  // Who lost a cookie was not refused, and neither was who found the provider away.
  const { entries } = (await call(coordinator, "GET", "/api/v1/audit?action=session")).body as { entries: object[] };
  expect(entries).toMatchObject([
    { outcome: "done" },
    {
      outcome: "refused",
      code: "sign-in-outside",
      actor: { name: "ada@example.com" },
      object: "the dashboard, by Example (u-1)",
    },
    { outcome: "refused", code: "sign-in-refused", actor: { name: "unknown" }, object: "the dashboard, by Example" },
  ]);
});

test("nobody begins a sign-in from another site, or where none is set up", async () => {
  const coordinator = await coordinators.start("a", {}, 0, optionsFor());
  const ask = async ({ address }: Coordinator, headers: Record<string, string>, json: object) => {
    const response = await fetch(`${address}/api/v1/session/begin`, { method: "POST", headers, body: JSON.stringify(json) });
    expect(response.headers.getSetCookie()).toEqual([]);
    return ((await response.json()) as { error: { code: string } }).error.code;
  };
  expect(await ask(coordinator, {}, { address: dashboard })).toBe("cross-site");
  expect(await ask(coordinator, { ...page, "sec-fetch-site": "cross-site" }, { address: dashboard })).toBe("cross-site");
  expect(await ask(coordinator, page, { address: "https://evil.example/" })).toBe("sign-in-address");
  expect(await ask(coordinator, page, { address: dashboard, return_to: "//evil.example" })).toBe("bad-request");
  const without = await coordinators.start("b");
  expect(await ask(without, page, { address: dashboard })).toBe("sign-in-off");
  expect(await who(without, "")).toEqual({});
});
