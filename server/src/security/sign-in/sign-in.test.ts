import { PassThrough } from "node:stream";
import { ShardwrightError } from "@shardwright/core";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keyPair } from "../../testing/issuer.ts";
import { TestProvider } from "../../testing/provider.ts";
import { ManualClock } from "../../testing/world.ts";
import { readSignIn } from "./options.ts";
import { SignIn } from "./sign-in.ts";

const dashboard = "https://ci.example.com/shardwright/";
const ada = { sub: "u-1", email: "ada@example.com", email_verified: true, groups: ["testers"] };

let clock: ManualClock;
let provider: TestProvider;
let signIn: SignIn;
let logged: string;

beforeEach(async () => {
  clock = new ManualClock();
  provider = await TestProvider.start({ now_ms: () => clock.now_ms() });
  provider.redirectUris.push(`${dashboard}api/v1/session/callback`);
  logged = "";
  signIn = signInWith();
});
afterEach(async () => {
  await provider[Symbol.asyncDispose]();
});

function signInWith(more: object = {}, secret: string | undefined = provider.clientSecret, adminToken = "a".repeat(40)): SignIn {
  const options = readSignIn(
    {
      issuer: provider.address,
      client_id: provider.clientId,
      name: "Example",
      addresses: [dashboard],
      rules: [{ claims: { groups: "testers" }, scope: "submit", project: "shop" }],
      ...more,
    },
    "sign-in.yml",
    secret,
  );
  const stream = new PassThrough().on("data", (chunk: Buffer) => (logged += chunk.toString()));
  return new SignIn({ options, clock, log: pino(stream), adminToken });
}

const begin = (to = "") => signIn.begin(dashboard, to);
async function goThrough(claims: object = ada, to = "") {
  const { url, sealed } = await begin(to);
  return await signIn.finish(provider.visit(url, { ...claims }).searchParams, sealed);
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ShardwrightError);
  const { code, details, message } = error as ShardwrightError;
  // What a page shows, and what a log keeps, has no secret in it.
  for (const text of [message, logged]) expect(text).not.toContain(provider.clientSecret);
  return details.reason === undefined ? code : `${code}: ${String(details.reason)}`;
}

test("who comes back from the provider is who it says, may do what the rules say, and comes out where they were", async () => {
  const { person, grant, lifetime_ms, to } = await goThrough(ada, "runs/r-1?part=tasks#log");
  expect(person).toEqual({ name: "ada@example.com", subject: "u-1" });
  expect(grant).toEqual({ scope: "submit", project: "shop" });
  expect(lifetime_ms).toBe(12 * 3_600_000);
  expect(to.href).toBe(`${dashboard}runs/r-1?part=tasks#log`);
  expect(provider.userinfoAsked).toBe(0);
  // The document and the keys are kept.
  await goThrough();
  expect([provider.discoveries, provider.issuer.keysAsked]).toEqual([1, 1]);
});

test("claims that the identity token lacks are asked for, and who they are of is checked", async () => {
  provider.besideToken = ["groups", "email", "email_verified"];
  expect(await goThrough()).toMatchObject({ person: { name: "ada@example.com" }, grant: { scope: "submit" } });
  expect(provider.userinfoAsked).toBe(1);
  provider.misbehaviour = { idToken: { sub: "u-2" } };
  expect(await refusal(goThrough())).toMatch(/^sign-in-invalid: .*sub/);
});

test("who is outside of the rules is told so by name, and nothing of the rules", async () => {
  expect(await refusal(goThrough({ ...ada, groups: ["cooks"] }))).toBe("sign-in-outside");
});

test("nobody comes out anywhere but in this dashboard", async () => {
  for (const to of [
    "https://evil.example/",
    "//evil.example/",
    "https://evil.example/shardwright/runs",
    "//evil.example/shardwright/runs",
    "/\\evil.example",
    "\\\\evil.example",
    "/other/page",
    "../other",
    "javascript:alert(1)",
    "api/v1/session/callback?code=x",
    "http://[",
    "\t//evil.example",
  ])
    expect(await refusal(begin(to)), to).toBe("bad-request");
  expect((await goThrough(ada, "runs/https://evil.example")).to.href).toBe(`${dashboard}runs/https://evil.example`);
});

test("a sign-in is begun at an address that is set up, and at no other", async () => {
  for (const address of ["https://evil.example/", "https://ci.example.com/", "http://ci.example.com/shardwright/", "nonsense"])
    await expect(signIn.begin(address, "")).rejects.toMatchObject({ code: "sign-in-address" });
});

test("a sign-in that was not begun here, in another browser, or too long ago is over, and the provider is not asked", async () => {
  const { url, sealed } = await begin();
  const { searchParams } = provider.visit(url, ada);
  const other = await begin();
  const changed = `${sealed.slice(0, -2)}AA`;
  for (const cookie of [undefined, "nonsense", changed, other.sealed])
    expect(await refusal(signIn.finish(searchParams, cookie))).toBe("sign-in-stale");
  expect(await refusal(signInWith({}, undefined, "b".repeat(40)).finish(searchParams, sealed))).toBe("sign-in-stale");
  const lost = provider.refuse(url, "access_denied", "<b>no</b>").searchParams;
  lost.set("state", "of somebody else");
  expect(await refusal(signIn.finish(lost, sealed))).toBe("sign-in-stale");
  clock.advance(11 * 60_000);
  expect(await refusal(signIn.finish(searchParams, sealed))).toBe("sign-in-stale");
  expect(provider.tokensAsked).toBe(0);
  expect(logged).toBe("");
});

test("another coordinator of the cluster, which has the same token, goes on with what one has begun", async () => {
  const { url, sealed } = await begin();
  const answer = provider.visit(url, ada).searchParams;
  expect(await signInWith().finish(answer, sealed)).toMatchObject({ person: { name: "ada@example.com" } });
  // A code is good for once.
  expect(await refusal(signIn.finish(answer, sealed))).toBe("sign-in-invalid: invalid_grant: no such code");
});

test("the provider's no is told in its own words", async () => {
  const { url, sealed } = await begin();
  const answer = provider.refuse(url, "access_denied", "Not\u202E today").searchParams;
  expect(await refusal(signIn.finish(answer, sealed))).toBe("sign-in-refused: access_denied: Not today");
});

test("an identity token counts only if it was signed by the provider, for this client, for this sign-in, just now", async () => {
  const stranger = await keyPair();
  const { kid } = provider.issuer.key.jwk;
  const cases: readonly (readonly [misbehaviour: TestProvider["misbehaviour"], reason: RegExp])[] = [
    [{ idToken: { nonce: "another" } }, /nonce/],
    [{ idToken: { nonce: undefined } }, /nonce/],
    [{ signing: { audience: "another-client" } }, /aud/],
    [{ signing: { audience: [provider.clientId, "another-client"] } }, /additional untrusted audiences/],
    [{ signing: { issuer: "https://evil.example" } }, /iss/],
    [{ signing: { expires_s: -60 } }, /exp/],
    [{ signing: { issued_s: -3600, expires_s: 7200 } }, /too long ago/],
    [{ signing: { issued_s: 600 } }, /iat|not valid yet/],
    [{ signing: { key: { ...stranger, jwk: { ...stranger.jwk, kid: kid ?? "" } } } }, /signature is not the issuer's/],
    [{ signing: { key: stranger } }, /no such key/],
  ];
  for (const [misbehaviour, reason] of cases) {
    provider.misbehaviour = misbehaviour;
    const told = await refusal(goThrough());
    expect(told).toMatch(/^sign-in-invalid: /);
    expect(told).toMatch(reason);
  }
  // Clocks that differ a little.
  for (const issued_s of [-25, 25]) {
    provider.misbehaviour = { signing: { issued_s } };
    expect(await goThrough()).toMatchObject({ grant: { scope: "submit" } });
  }
});

test("a wrong secret is told apart from a provider that is away, and neither answer is repeated", async () => {
  signIn = signInWith({}, "another secret");
  expect(await refusal(goThrough())).toBe("sign-in-invalid: invalid_client");
  signIn = signInWith();
  const away: readonly (readonly [
    (response: Parameters<NonNullable<TestProvider["misbehaviour"]["token"]>>[0]) => void,
    string,
  ])[] = [
    [(response) => response.writeHead(503).end("secret words"), "sign-in-unreachable: it answered with status 503"],
    [(response) => response.writeHead(302, { location: dashboard }).end(), "sign-in-unreachable: unexpected redirect"],
    [(response) => response.end("x".repeat(300_000)), "sign-in-unreachable: it answered with more than 262144 bytes"],
    [(response) => response.socket?.destroy(), "sign-in-unreachable: "],
    [(response) => response.end("<html>secret words"), "sign-in-invalid: "],
  ];
  for (const [token, reason] of away) {
    provider.misbehaviour = { token };
    const told = await refusal(goThrough());
    expect(told).toContain(reason);
    expect(told + logged).not.toContain("secret words");
  }
  provider.misbehaviour = {};
  expect(await goThrough()).toMatchObject({ grant: { scope: "submit" } });
});

test("a provider that says nothing of itself, or something wrong, is not asked more than once in a while", async () => {
  const documents: readonly (readonly [TestProvider["misbehaviour"], string])[] = [
    [{ discovery: (response) => response.writeHead(503).end() }, "sign-in-unreachable: its discovery document is not taken"],
    [{ document: { issuer: "https://evil.example" } }, "sign-in-invalid: its discovery document is not taken"],
    [
      { document: { authorization_endpoint: "http://evil.example/" } },
      "sign-in-invalid: its discovery document's authorization_endpoint",
    ],
    [
      { document: { authorization_endpoint: undefined } },
      "sign-in-invalid: its discovery document's authorization_endpoint: it is missing",
    ],
  ];
  for (const [misbehaviour, reason] of documents) {
    signIn = signInWith();
    provider.misbehaviour = misbehaviour;
    provider.discoveries = 0;
    for (let turn = 0; turn < 3; turn += 1) expect(await refusal(begin())).toContain(reason);
    expect(provider.discoveries).toBe(1);
  }
  provider.misbehaviour = {};
  clock.advance(600_000);
  expect((await begin()).url).toContain(`${provider.address}/authorize?`);
});
