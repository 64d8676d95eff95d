import type { ShardwrightError } from "@shardwright/core";
import { expect, test } from "vitest";
import { chooseRule } from "./choose-rule.ts";
import { matchesPattern } from "./patterns.ts";
import { readIdentityRules } from "./rules.ts";
import { githubClaims, gitlabClaims } from "../../testing/issuer.ts";

const github = "https://token.actions.githubusercontent.com";
const rule = { issuer: github, claims: { repository: "acme/shop" }, project: "shop", scope: "job" };
const content = { audience: "shardwright", issuers: [{ issuer: github }], rules: [rule] };

function problemsOf(changed: object): string {
  try {
    readIdentityRules({ ...content, ...changed }, "rules.yml");
  } catch (error) {
    expect((error as ShardwrightError).code).toBe("config-invalid");
    return (error as Error).message;
  }
  return "";
}

test("what is wrong with a rule is named by its field, all of it at once", () => {
  const said = problemsOf({
    audience: "",
    issuers: [{ issuer: "http://ci.example.com" }, { issuer: github, algorithms: ["HS256"] }],
    rules: [
      { ...rule, scope: "admin" },
      { ...rule, lifetime_minutes: 100_000 },
      { ...rule, claim: {} },
    ],
  });
  for (const field of [
    "audience",
    "issuers.0.issuer",
    "issuers.1.algorithms.0",
    "rules.0.scope",
    "rules.1.lifetime_minutes",
    "rules.2",
  ])
    expect(said).toContain(`rules.yml: ${field}:`);
  expect(said).toContain("use https");
  expect(said).toContain("nobody becomes an administrator");
  expect(problemsOf({ rules: [] })).toContain("rules.yml: rules:");
  expect(problemsOf({ issuers: [{ issuer: github }, { issuer: github }] })).toContain("more than once");
  expect(problemsOf({ rules: [{ ...rule, issuer: "https://gitlab.com" }] })).toContain("rules.0.issuer: is none of the issuers");
  expect(problemsOf({ rules: [{ ...rule, claims: { repository: "acme/a*b*c*d*e*" } }] })).toContain("at most 4 wildcards");
  expect(problemsOf({})).toBe("");
});

test("a rule that would let in everybody's repositories is refused", () => {
  const withClaims = (claims: object, issuer: { issuer: string; kind?: string } = { issuer: github }) =>
    problemsOf({ issuers: [issuer], rules: [{ ...rule, issuer: issuer.issuer, claims }] });
  const refused = /rules\.0\.claims: say whose tokens are meant/;
  expect(withClaims({})).toMatch(refused);
  expect(withClaims({ ref: "refs/heads/main" })).toMatch(refused);
  expect(withClaims({ repository: "*/shop" })).toMatch(refused);
  expect(withClaims({ repository: ["acme/*", "**"] })).toMatch(refused);
  expect(withClaims({ sub: "repo:*/shop:ref:refs/heads/main" })).toMatch(refused);
  expect(withClaims({ sub: "repo:acme*/shop:**" })).toMatch(refused);
  expect(withClaims({ repository_owner_id: "*" })).toMatch(refused);
  expect(withClaims({ job_workflow_ref: "acme/ci/.github/workflows/test.yml@refs/heads/main" })).toMatch(refused);
  expect(withClaims({ repository: "acme/*" })).toBe("");
  expect(withClaims({ sub: "repo:acme/shop:**" })).toBe("");
  expect(withClaims({ repository_id: "123456", repository: "*/shop" })).toBe("");
  const gitlab = { issuer: "https://gitlab.example.com", kind: "gitlab" };
  expect(withClaims({ ref_protected: "true" }, gitlab)).toMatch(refused);
  expect(withClaims({ namespace_path: "acme*" }, gitlab)).toMatch(refused);
  expect(withClaims({ namespace_path: "acme/**" }, gitlab)).toBe("");
  expect(withClaims({ project_path: "acme/tools/*" }, gitlab)).toBe("");
  const other = { issuer: "https://ci.example.com" };
  expect(withClaims({ sub: "**" }, other)).toMatch(refused);
  expect(withClaims({ pool: "builders" }, other)).toBe("");
});

test("a pattern is taken letter by letter but for its wildcards", () => {
  const all: [pattern: string, claim: string, matches: boolean][] = [
    ["refs/heads/main", "refs/heads/main", true],
    ["refs/heads/main", "refs/heads/main2", false],
    ["refs/heads/main", "refs/heads/MAIN", false],
    ["refs/heads/*", "refs/heads/a/b", false],
    ["refs/heads/**", "refs/heads/a/b", true],
    ["refs/heads/**", "refs/heads/a\nb", true],
    ["a.c", "abc", false],
    ["a+(b)|[c]", "a+(b)|[c]", true],
    ["*", "", true],
    ["v*.*", "v1.2", true],
    ["*", "*", true],
    ["*", "a/b", false],
    ["a**", "a", true],
    ["***/x", "a/b/x", true],
    ["", "", true],
    ["**", "", true],
    ["a*", "b", false],
    // What one could call a branch so that an expression would be at it for minutes.
    ["*-*-*-*x", "-".repeat(1024), false],
  ];
  for (const [pattern, claim, matches] of all)
    expect([pattern, claim, matchesPattern(pattern, claim)]).toEqual([pattern, claim, matches]);
});

test("the first rule that fits gives the token; a stranger is told of none, who is meant is told which claims differ", () => {
  const { rules } = readIdentityRules(
    {
      audience: "shardwright",
      issuers: [{ issuer: github }, { issuer: "https://gitlab.com" }],
      rules: [
        { ...rule, claims: { repository: "acme/shop", ref: ["refs/heads/main", "refs/heads/release/*"] } },
        { ...rule, claims: { repository: "acme/shop" }, scope: "read" },
        { ...rule, claims: { repository: "acme/site", environment: "test" }, project: "site" },
        { issuer: "https://gitlab.com", claims: { project_path: "acme/**", runner_id: "1" }, project: "*", scope: "worker" },
      ],
    },
    "rules.yml",
  );
  const choose = (claims: object, project = "shop", issuer = { issuer: github, kind: "github" as const }) => {
    const choice = chooseRule(rules, issuer, claims as Record<string, unknown>, project);
    return "rule" in choice ? choice.rule.scope : choice.reason;
  };
  expect(choose(githubClaims)).toBe("job");
  expect(choose({ ...githubClaims, ref: "refs/heads/release/2" })).toBe("job");
  expect(choose({ ...githubClaims, ref: "refs/heads/feature" })).toBe("read");
  expect(choose(githubClaims, "other")).toBe("it may have one for shop");
  expect(choose({ ...githubClaims, repository: "acme/site" }, "site")).toBe("the nearest rule wants another environment");
  expect(choose({ ...githubClaims, repository: "evil/shop" })).toBe("no rule is about it");
  expect(choose({ ...githubClaims, repository: ["acme/shop"] })).toBe("no rule is about it");
  // What an object has by itself is no claim.
  expect(choose({ ...githubClaims, repository: undefined })).toBe("no rule is about it");
  const gitlab = { issuer: "https://gitlab.com", kind: "gitlab" as const };
  expect(chooseRule(rules, gitlab, gitlabClaims, "anything")).toMatchObject({ rule: { scope: "worker", project: "*" } });
  // Another issuer may write what it likes.
  expect(chooseRule(rules, gitlab, githubClaims, "shop")).toEqual({ reason: "no rule is about it" });
});
