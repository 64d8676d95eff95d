import { expect, test } from "vitest";
import { chooseGrant, personOf } from "./choose-grant.ts";
import { readSignIn } from "./options.ts";

const minimal = {
  issuer: "https://login.example.com",
  client_id: "shardwright",
  addresses: ["https://ci.example.com/shardwright"],
  rules: [{ claims: { groups: "testers" }, scope: "submit" }],
};
const read = (more: object = {}, secret?: string) => readSignIn({ ...minimal, ...more }, "sign-in.yml", secret);

function problemsOf(more: object, secret?: string): string {
  try {
    read(more, secret);
  } catch (error) {
    expect(error).toMatchObject({ code: "config-invalid" });
    return (error as Error).message;
  }
  return "";
}

test("what is not said has a value, and addresses are those of folders", () => {
  expect(read({}, "a client secret")).toMatchObject({
    name: "login.example.com",
    addresses: ["https://ci.example.com/shardwright/"],
    scopes: ["openid", "email", "profile"],
    session_hours: 12,
    sign_out: "provider",
    clientSecret: "a client secret",
    rules: [{ scope: "submit", project: "*" }],
  });
});

test("everything that is wrong is named at once, and no secret is repeated", () => {
  const found = problemsOf(
    {
      issuer: "http://login.example.com",
      addresses: [],
      scopes: ["email"],
      session_hours: 13,
      client_secret: "top-secret-of-a-file",
      domains: ["example.com"],
      rules: [{ claims: { groups: "a" }, scope: "worker" }],
    },
    "short",
  );
  for (const field of [
    "issuer: use https",
    "addresses",
    "scopes: openid",
    "session_hours",
    "client_secret: give it as",
    "domains",
  ])
    expect(found).toContain(field);
  expect(found).toContain("rules.0.scope");
  expect(found).toContain("SHARDWRIGHT_SIGN_IN_SECRET: it has 5 characters");
  expect(found).not.toMatch(/top-secret|short$/m);
});

test.for([
  ["no claim", {}],
  ["a claim that everybody has", { email_verified: "true" }],
  ["anything", { groups: ["testers", "*"] }],
  ["an address of any domain", { email: "ada@*" }],
  ["an address of whoever has a name that ends so", { email: "*@exa*" }],
])("a rule for %s would let in everybody, and is refused", ([, claims]) => {
  expect(problemsOf({ rules: [{ claims, scope: "read" }] })).toContain("rules.0.claims: say who is meant");
});

test("within one's own domains everybody may be meant, but not as an administrator", () => {
  expect(problemsOf({ allowed_domains: ["example.com"], rules: [{ scope: "read" }] })).toBe("");
  expect(problemsOf({ allowed_domains: ["example.com"], rules: [{ scope: "admin" }] })).toContain("rules.0.claims");
  expect(problemsOf({ rules: [{ claims: { groups: "a" }, scope: "admin", project: "shop" }] })).toContain("rules.0.project");
});

const grantFor = (options: object, claims: object) => chooseGrant(read(options), { sub: "1", ...claims });

test("the first rule that fits decides, by one of the groups that somebody is in", () => {
  const rules = [
    { claims: { groups: "admins" }, scope: "admin" },
    { claims: { "realm_access.roles": ["shop-*"] }, scope: "submit", project: "shop" },
    { claims: { "https://example.com/team": "site", groups: "staff" }, scope: "read" },
  ];
  expect(grantFor({ rules }, { groups: ["staff", "admins"] })).toEqual({ scope: "admin" });
  expect(grantFor({ rules }, { realm_access: { roles: ["x", "shop-dev"] } })).toEqual({ scope: "submit", project: "shop" });
  expect(grantFor({ rules }, { groups: "staff", "https://example.com/team": "site" })).toEqual({ scope: "read" });
  expect(grantFor({ rules }, { groups: ["staff"] })).toBeUndefined();
  expect(grantFor({ rules }, { groups: ["Admins", "admins2", ["admins"], { name: "admins" }] })).toBeUndefined();
  expect(grantFor({ rules: [{ claims: { constructor: "*a*" }, scope: "read" }] }, {})).toBeUndefined();
});

test("an address counts when it is verified, by its domain whole", () => {
  const byEmail = { rules: [{ claims: { email: "*@Example.com" }, scope: "read" }] };
  const byDomain = { allowed_domains: ["Example.com"], rules: [{ scope: "read" }] };
  for (const options of [byEmail, byDomain]) {
    expect(grantFor(options, { email: "Ada@EXAMPLE.com", email_verified: true })).toEqual({ scope: "read" });
    expect(grantFor(options, { email: "ada@example.com", email_verified: false })).toBeUndefined();
    expect(grantFor(options, { email: "ada@example.com" })).toBeUndefined();
    expect(grantFor({ ...options, emails_are_verified: true }, { email: "ada@example.com" })).toEqual({ scope: "read" });
    // It says no itself.
    expect(grantFor({ ...options, emails_are_verified: true }, { email: "ada@example.com", email_verified: false })).toBe(
      undefined,
    );
    for (const email of ["ada@evil-example.com", "ada@sub.example.com", "ada@example.com.evil.org", "example.com"])
      expect(grantFor(options, { email, email_verified: true }), email).toBeUndefined();
  }
});

test("people are called by what was verified or chosen, without what would deceive a reader", () => {
  const claims = { sub: "u-1", email: "ada@example.com", name: "Ada\u202E\nroot", preferred_username: "admin" };
  expect(personOf(read(), { ...claims, email_verified: true })).toEqual({ name: "ada@example.com", subject: "u-1" });
  expect(personOf(read(), claims).name).toBe("u-1");
  expect(personOf(read({ name_claim: "preferred_username" }), claims).name).toBe("admin");
  expect(personOf(read({ name_claim: "name" }), claims).name).not.toMatch(/\u202E/);
  expect(personOf(read({ name_claim: "name" }), { sub: "u-2", name: "x".repeat(500) }).name.length).toBeLessThanOrEqual(80);
});
