import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { readGithubApp } from "./options.ts";
import { WritePace } from "./write-pace.ts";
import { systemClock } from "../clock.ts";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = privateKey.export({ type: "pkcs1", format: "pem" }).toString();

test("a project writes only where it is let: names of GitHub are compared as GitHub does", () => {
  const { mayWrite } = readGithubApp({
    appId: 1,
    privateKey: pem,
    repositories: ["shop=Acme/shop", "*=acme/tools", "site=org/*"],
  });
  const all: [project: string, repository: string, may: boolean][] = [
    ["shop", "acme/shop", true],
    ["shop", "ACME/Shop", true],
    ["site", "acme/shop", false],
    ["site", "acme/tools", true],
    ["site", "org/anything", true],
    ["shop", "org/anything", false],
    ["site", "org", false],
    ["site", "org/a/b", false],
    ["site", "*/shop", false],
  ];
  for (const [project, repository, may] of all)
    expect([project, repository, mayWrite(project, repository)]).toEqual([project, repository, may]);
});

test("what is wrong with an App is said at the start, all of it at once", () => {
  const { privateKey: ec } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const problemsOf = (options: object) => {
    try {
      readGithubApp({ appId: 1, privateKey: pem, repositories: ["*=acme/shop"], ...options });
    } catch (error) {
      return (error as Error).message;
    }
    return "";
  };
  const said = problemsOf({ privateKey: "no key", webhookSecret: "short", repositories: ["acme/shop", "x=*/shop"] });
  for (const name of [
    "--github-app-key",
    "SHARDWRIGHT_GITHUB_WEBHOOK_SECRET",
    "--github-repository: acme/shop",
    "--github-repository: x=*/shop",
  ])
    expect(said).toContain(name);
  expect(said).not.toContain("no key\n");
  expect(problemsOf({ privateKey: ec.export({ type: "pkcs8", format: "pem" }).toString() })).toContain("RSA");
  expect(problemsOf({ repositories: [] })).toContain("--github-repository");
  expect(problemsOf({})).toBe("");
});

test("what only says how far a run is leaves room for what says that it ended", () => {
  let now_ms = 0;
  const pace = new WritePace({ ...systemClock, monotonic_ms: () => now_ms }, 4);
  expect([pace.take(true), pace.take(true), pace.take(true)]).toEqual([0, 0, 60_000]);
  now_ms = 1000;
  expect([pace.take(false), pace.take(false), pace.take(false)]).toEqual([0, 0, 59_000]);
  now_ms = 60_000;
  expect([pace.take(true), pace.take(false), pace.take(false), pace.take(false)]).toEqual([1000, 0, 0, 1000]);
});
