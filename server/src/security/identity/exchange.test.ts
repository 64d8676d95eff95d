import { createHmac } from "node:crypto";
import type { ServerResponse } from "node:http";
import { ShardwrightError } from "@shardwright/core";
import { type CryptoKey, base64url, exportSPKI, importJWK } from "jose";
import { afterEach, beforeEach, expect, test } from "vitest";
import { TestIssuer, githubClaims, gitlabClaims, keyPair } from "../../testing/issuer.ts";
import { World } from "../../testing/world.ts";
import { TokenKeeper } from "../tokens.ts";
import { IdentityExchange } from "./exchange.ts";
import { readIdentityRules } from "./rules.ts";

let world: World;
let github: TestIssuer;
let gitlab: TestIssuer;
let tokens: TokenKeeper;
let exchange: IdentityExchange;

beforeEach(async () => {
  world = await World.open();
  const now_ms = () => world.clock.now_ms();
  github = await TestIssuer.start({ now_ms });
  gitlab = await TestIssuer.start({ now_ms, algorithm: "ES256" });
  const { ledger, queries } = world.inside;
  let ids = 0;
  const newId = (prefix: string) => `${prefix}-${String(++ids).padStart(16, "0")}`;
  tokens = new TokenKeeper({ ledger, queries, clock: world.clock, newId, adminToken: "a".repeat(40) });
  exchange = exchangeWith({ cooldown_ms: 0, keep_ms: 600_000 });
});

afterEach(async () => {
  await github[Symbol.asyncDispose]();
  await gitlab[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

function exchangeWith(keyTimes: { cooldown_ms: number; keep_ms: number }): IdentityExchange {
  const rules = readIdentityRules(
    {
      audience: "shardwright",
      issuers: [
        { issuer: github.address, kind: "github" },
        { issuer: gitlab.address, kind: "gitlab" },
      ],
      rules: [
        { issuer: github.address, claims: { repository: "acme/shop", ref: "refs/heads/main" }, project: "shop", scope: "job" },
        {
          issuer: gitlab.address,
          claims: { project_path: "acme/tools/*", ref_path: "refs/heads/main", runner_id: "1" },
          project: "*",
          scope: "submit",
          lifetime_minutes: 10,
        },
      ],
    },
    "rules",
  );
  return new IdentityExchange({ tokens, clock: world.clock, rules, keyTimes });
}

async function refused(token: string, project = "shop"): Promise<string> {
  const error = await exchange.exchange({ token, project }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ShardwrightError);
  // Nothing of the token may come back: what is refused ends in logs.
  for (const part of token.split(".").filter((text) => text.length > 10)) expect((error as Error).message).not.toContain(part);
  const { code, details } = error as ShardwrightError;
  return `${code}: ${String(details.reason ?? details.audience ?? details.issuer)}`;
}

const bearer = (secret: string) => `Bearer ${secret}`;

test("GitHub's and GitLab's claims give tokens of the rule's scope, for its project, for as long as is asked for", async () => {
  const { secret, ...made } = await exchange.exchange({
    token: await github.sign(githubClaims),
    project: "shop",
    lifetime_s: 3600,
  });
  expect(made).toEqual({
    id: "t-0000000000000001",
    name: "repo:acme/shop:ref:refs/heads/main",
    scope: "job",
    project: "shop",
    exchanged: true,
    revoked: false,
    created_at_ms: world.clock.now_ms(),
    expires_at_ms: world.clock.now_ms() + 3_600_000,
    expires_in_s: 3600,
  });
  expect(tokens.check(bearer(secret), ["worker"])).toMatchObject({ scope: "job", project: "shop" });
  expect(() => tokens.check(bearer(secret), ["admin"])).toThrow(expect.objectContaining({ code: "forbidden" }));
  const other = await exchange.exchange({ token: await gitlab.sign(gitlabClaims), project: "anything", lifetime_s: 86_400 });
  expect(other).toMatchObject({ scope: "submit", expires_in_s: 600 });
  expect(tokens.check(bearer(other.secret), ["submit"])).toEqual({ scope: "submit", name: other.name, token: other.id });
  world.clock.advance(600_000);
  expect(() => tokens.check(bearer(other.secret), ["submit"])).toThrow(expect.objectContaining({ code: "unauthenticated" }));
  expect(tokens.check(bearer(secret), ["submit"])).toMatchObject({ scope: "job" });
});

test("a token that is not meant for this coordinator, or not now, is refused with what is wrong", async () => {
  const sign = (options: Parameters<TestIssuer["sign"]>[1], claims: object = {}) =>
    github.sign({ ...githubClaims, ...claims }, options);
  expect(await refused(await sign({ audience: "sts.example.com" }))).toBe("identity-audience: shardwright");
  expect(await refused(await sign({ expires_s: -60 }))).toBe("identity-invalid: it has expired");
  expect(await refused(await sign({ notBefore_s: 120 }))).toBe("identity-invalid: it is not valid yet");
  expect(await refused(await sign({ issued_s: 120 }))).toBe("identity-invalid: it is not valid yet");
  expect(await refused(await sign({ issued_s: -700, expires_s: 3600 }))).toBe("identity-invalid: it was made too long ago");
  expect(await refused(await sign({}, { sub: undefined }))).toBe("identity-invalid: it lacks the claim sub");
  expect(await refused(await sign({ issuer: "https://token.example.com" }))).toBe("identity-issuer: https://token.example.com");
  // Signed by one issuer, said to be by another one.
  expect(await refused(await sign({ issuer: gitlab.address }))).toMatch(/^identity-invalid: /);
  expect(await refused(await sign({}, { repository: "evil/shop" }))).toBe("identity-rule: no rule is about it");
  expect(await refused(await sign({}, { ref: "refs/heads/feature" }))).toBe("identity-rule: the nearest rule wants another ref");
  expect(await refused(await sign({}), "site")).toBe("identity-rule: it may have one for shop");
  expect(await refused("no token")).toBe("identity-invalid: it is no JSON Web Token");
  expect(await exchange.exchange({ token: await sign({ audience: ["other", "shardwright"] }), project: "shop" })).toBeDefined();
  // Within what clocks may differ by.
  expect(await exchange.exchange({ token: await sign({ issued_s: 20, notBefore_s: 20 }), project: "shop" })).toBeDefined();
  expect(tokens.list()).toHaveLength(2);
});

test("a forged token is refused, however it is forged", async () => {
  const token = await github.sign(githubClaims);
  const [header = "", payload = "", signature = ""] = token.split(".");
  const encode = (value: object) => base64url.encode(JSON.stringify(value));
  const claims = { ...(JSON.parse(Buffer.from(payload, "base64url").toString()) as object), ref: "refs/heads/main" };
  const { kid } = github.key.jwk;
  expect(await refused(`${header}.${encode({ ...claims, repository: "acme/shop", actor: "me" })}.${signature}`)).toBe(
    "identity-invalid: its signature is not the issuer's",
  );
  expect(await refused(`${encode({ alg: "none", typ: "JWT" })}.${payload}.`)).toMatch(/^identity-invalid: /);
  expect(await refused(`${encode({ alg: "none", kid })}.${payload}.${signature}`)).toBe(
    "identity-invalid: its signature is of a kind that is not taken (alg)",
  );
  // The public key as a shared secret: whoever takes any algorithm takes this.
  const publicKey = await exportSPKI((await importJWK(github.key.jwk, "RS256")) as CryptoKey);
  const input = `${encode({ alg: "HS256", kid })}.${payload}`;
  const hmac = createHmac("sha256", publicKey).update(input).digest("base64url");
  expect(await refused(`${input}.${hmac}`)).toBe("identity-invalid: its signature is of a kind that is not taken (alg)");
  const stranger = await keyPair();
  expect(await refused(await github.sign(githubClaims, { key: stranger }))).toBe(
    "identity-invalid: the issuer has no such key (kid)",
  );
  const sameName = { ...stranger, jwk: { ...stranger.jwk, kid: kid ?? "" } };
  expect(await refused(await github.sign(githubClaims, { key: sameName }))).toBe(
    "identity-invalid: its signature is not the issuer's",
  );
  // A key that the token brings along is nobody's word but its own.
  const { jwk } = stranger;
  const own = `${encode({ alg: "RS256", jwk, jku: `${github.address}/token` })}.${payload}.${signature}`;
  expect(await refused(own)).toMatch(/^identity-invalid: /);
  expect(tokens.list()).toEqual([]);
});

test("new keys of an issuer are fetched when they are needed, and not at anybody's whim", async () => {
  await exchange.exchange({ token: await github.sign(githubClaims), project: "shop" });
  await exchange.exchange({ token: await github.sign(githubClaims), project: "shop" });
  expect(github.keysAsked).toBe(1);
  await github.rotate();
  await exchange.exchange({ token: await github.sign(githubClaims), project: "shop" });
  expect(github.keysAsked).toBe(2);
  exchange = exchangeWith({ cooldown_ms: 30_000, keep_ms: 600_000 });
  await exchange.exchange({ token: await github.sign(githubClaims), project: "shop" });
  const stranger = await keyPair();
  for (let turn = 0; turn < 5; turn += 1) await refused(await github.sign(githubClaims, { key: stranger }));
  expect(github.keysAsked).toBe(3);
});

test("an issuer that cannot be reached is named, asked rarely, and keeps nobody else out", async () => {
  const token = await github.sign(githubClaims);
  let asked = 0;
  let misbehave: (response: ServerResponse) => void = (response) => response.writeHead(503).end("secret words");
  github.answer = (_path, response) => {
    asked += 1;
    misbehave(response);
    return true;
  };
  expect(await refused(token)).toBe("identity-issuer-unreachable: it answered with status 503");
  expect(await refused(token)).toBe("identity-issuer-unreachable: it answered with status 503");
  expect(asked).toBe(1);
  expect(await exchange.exchange({ token: await gitlab.sign(gitlabClaims), project: "shop" })).toMatchObject({ scope: "submit" });
  const later = async (reason: string | RegExp) => {
    world.clock.advance(5000);
    expect(await refused(token)).toMatch(reason);
  };
  misbehave = (response) => response.writeHead(302, { location: `${gitlab.address}/.well-known/openid-configuration` }).end();
  await later(/^identity-issuer-unreachable: unexpected redirect/);
  misbehave = (response) => response.writeHead(200).end("x".repeat(300_000));
  await later("identity-issuer-unreachable: it answered with more than 262144 bytes");
  misbehave = (response) => response.writeHead(200).end("{");
  await later("identity-issuer-unreachable: its discovery document is not JSON");
  misbehave = (response) =>
    response.writeHead(200).end(JSON.stringify({ issuer: gitlab.address, jwks_uri: `${gitlab.address}/keys` }));
  await later("identity-issuer-unreachable: its discovery document is that of another issuer");
  misbehave = (response) =>
    response.writeHead(200).end(JSON.stringify({ issuer: github.address, jwks_uri: `${gitlab.address}/keys` }));
  await later("identity-issuer-unreachable: its keys are on another host");
  misbehave = (response) => response.destroy();
  await later(/^identity-issuer-unreachable: /);
  github.answer = (path, response) => path === "/keys" && (response.writeHead(200).end("[]"), true);
  await later("identity-issuer-unreachable: they cannot be read");
  github.answer = undefined;
  world.clock.advance(5000);
  expect(await exchange.exchange({ token: await github.sign(githubClaims), project: "shop" })).toMatchObject({ scope: "job" });
  expect(tokens.list()).toHaveLength(2);
});

test("one identity token makes a bounded number of tokens, and what has ended is forgotten", async () => {
  const token = await github.sign(githubClaims);
  for (let turn = 0; turn < 64; turn += 1) await exchange.exchange({ token, project: "shop", lifetime_s: 60 });
  expect(await refused(token)).toBe("identity-invalid: it has been exchanged 64 times");
  await exchange.exchange({ token: await github.sign(githubClaims), project: "shop", lifetime_s: 7200 });
  const kept = await tokens.create({ name: "person", scope: "read", days: 1 });
  expect(await tokens.purge()).toBe(0);
  world.clock.advance(3_600_000 + 61_000);
  expect(await tokens.purge()).toBe(64);
  expect(await tokens.purge()).toBe(0);
  expect(tokens.list()).toHaveLength(2);
  world.clock.advance(7 * 86_400_000);
  expect(await tokens.purge()).toBe(1);
  expect(tokens.list().map(({ id }) => id)).toEqual([kept.id]);
  // As the tables have it.
  expect(world.inside.queries.tokens.all().map(({ id }) => id)).toEqual([kept.id]);
});

test("without rules nothing is exchanged", async () => {
  exchange = new IdentityExchange({ tokens, clock: world.clock, rules: undefined });
  expect(await refused(await github.sign(githubClaims))).toMatch(/^identity-off/);
});

test("who has a token for an identity token can give it back, and no other one", async () => {
  const { secret, id } = await exchange.exchange({ token: await github.sign(githubClaims), project: "shop" });
  const other = await exchange.exchange({ token: await github.sign(githubClaims), project: "shop" });
  await tokens.giveBack(bearer(secret));
  expect(() => tokens.check(bearer(secret), ["read"])).toThrow(expect.objectContaining({ code: "unauthenticated" }));
  expect(tokens.check(bearer(other.secret), ["read"])).toMatchObject({ scope: "job" });
  expect(tokens.list().filter(({ revoked }) => revoked)).toMatchObject([{ id }]);
  await expect(tokens.giveBack(bearer(secret))).rejects.toMatchObject({ code: "unauthenticated" });
  const made = await tokens.create({ name: "a person's", scope: "submit" });
  for (const kept of [made.secret, "a".repeat(40)])
    await expect(tokens.giveBack(bearer(kept))).rejects.toMatchObject({ code: "forbidden" });
  await expect(tokens.giveBack(undefined)).rejects.toMatchObject({ code: "unauthenticated" });
  expect(tokens.check(bearer(made.secret), ["submit"])).toMatchObject({ scope: "submit" });
  await refused("no token");
  expect(Object.fromEntries(exchange.outcomes)).toEqual({ granted: 2, "identity-invalid": 1 });
});
