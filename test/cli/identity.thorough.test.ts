import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { TestIssuer, githubClaims, gitlabClaims } from "../../server/src/testing/issuer.ts";
import { freePort } from "../processes.ts";
import { adminToken, startFleet, type Fleet } from "./fleet.ts";
import { testOf, useSuite } from "./suite.ts";

const { folder, write, report, hasReports } = useSuite();
let issuer: TestIssuer;

beforeEach(async () => {
  issuer = await TestIssuer.start();
  for (const name of ["a", "b", "c"])
    write(
      `${name}.test.js`,
      testOf(
        "for (const name of Object.keys(process.env)) if (/^SHARDWRIGHT_(API_KEY|ID_TOKEN)$/.test(name)) throw new Error(name);",
      ),
    );
});
afterEach(() => issuer[Symbol.asyncDispose]());

const audience = "https://shardwright.example.com";

async function fleetWithRules(more: object = {}): Promise<Fleet> {
  const rules = {
    audience,
    issuers: [{ issuer: issuer.address, kind: "github" }],
    rules: [
      { issuer: issuer.address, claims: { repository: "acme/shop", ref: "refs/heads/main" }, project: "shop", scope: "job" },
      {
        issuer: issuer.address,
        claims: { repository: "acme/tools/shop", sub: "project_path:acme/tools/shop:**" },
        project: "tools",
        scope: "job",
      },
    ],
    ...more,
  };
  write("rules.json", JSON.stringify(rules));
  const fleet = await startFleet({ args: ["--oidc-rules", join(folder(), "rules.json")] });
  onTestFinished(fleet.end);
  return fleet;
}

/** A job as GitHub's runner starts it, which has no token of ours. */
const githubJob = (): Record<string, string> => ({
  GITHUB_ACTIONS: "true",
  GITHUB_REPOSITORY: "acme/shop",
  GITHUB_RUN_ID: "77",
  GITHUB_WORKFLOW: "ci",
  GITHUB_JOB: "test",
  GITHUB_SHA: "a".repeat(40),
  GITHUB_REF: "refs/heads/main",
  SHARDWRIGHT_IDENTITY_AUDIENCE: audience,
  ...issuer.githubEnvironment,
});

test("a job of GitHub submits its tests without any stored token, and reads its run; nothing of what it showed is logged", async () => {
  const fleet = await fleetWithRules();
  await fleet.worker("one");
  const job = { key: "", cwd: folder(), environment: githubJob() };
  const ran = await fleet.toEnd(["run", "--project", "shop"], job);
  expect(ran).toMatchObject({ code: 0 });
  expect(report()).toMatchObject({ verdict: "passed", account: { discovered: 3, passed: 3 } });
  const listed = await fleet.toEnd(["runs", "--project", "shop", "--json"], job);
  expect((JSON.parse(listed.output) as { runs: object[] }).runs).toMatchObject([{ verdict: "passed", project: "shop" }]);
  const { tokens } = (await fleet.call("GET", "tokens")) as { tokens: object[] };
  const given = {
    name: githubClaims.sub,
    scope: "job",
    project: "shop",
    exchanged: true,
    expires_at_ms: expect.any(Number) as number,
    // Each command has given back what it was given.
    revoked: true,
  };
  expect(tokens).toMatchObject([given, given]);

  // Another project, a rule that wants another branch, an audience that is not this coordinator.
  const elsewhere = await fleet.toEnd(["run", "--project", "site"], job);
  expect(elsewhere).toMatchObject({ code: 2, output: expect.stringContaining("it may have one for shop") as string });
  issuer.claims = { ...githubClaims, ref: "refs/heads/feature" };
  const branch = await fleet.toEnd(["run", "--project", "shop"], job);
  expect(branch).toMatchObject({ code: 2, output: expect.stringContaining("the nearest rule wants another ref") as string });
  issuer.claims = githubClaims;
  const unaware = await fleet.toEnd(["run", "--project", "shop"], {
    ...job,
    environment: { ...job.environment, SHARDWRIGHT_IDENTITY_AUDIENCE: "" },
  });
  expect(unaware).toMatchObject({ code: 2, output: expect.stringContaining(`for another audience than ${audience}`) as string });
  const without = await fleet.toEnd(["run", "--project", "shop"], { key: "", cwd: folder() });
  expect(without).toMatchObject({ code: 2, output: expect.stringContaining("id-token: write") as string });

  const metrics = await (await fetch(`${fleet.address}/metrics`, { headers: { authorization: `Bearer ${adminToken}` } })).text();
  expect(metrics).toContain('shardwright_identity_exchanges_total{outcome="granted"} 2');
  expect(metrics).toContain('shardwright_identity_exchanges_total{outcome="identity-rule"} 2');
  expect(metrics).toContain('shardwright_identity_exchanges_total{outcome="identity-audience"} 1');

  // No JSON Web Token, and none of ours, in anything that was printed.
  for (const { output } of [ran, listed, elsewhere, branch, unaware, { output: fleet.coordinator.output() }])
    expect(output).not.toMatch(/eyJ[\w-]{10,}|swt_/);
});

test("the jobs of a pipeline show GitLab's token, and are the workers of their run", async () => {
  issuer.claims = { ...gitlabClaims, repository: "acme/tools/shop" };
  const fleet = await fleetWithRules();
  const jobs = await Promise.all(
    ["0", "1"].map(async (index) => {
      const SHARDWRIGHT_ID_TOKEN = await issuer.sign(issuer.claims, { audience });
      const environment = { GITLAB_CI: "true", SHARDWRIGHT_ID_TOKEN };
      const args = ["worker", "--run-key", "pipeline-574", "--index", index, "--total", "2", "--project", "tools"];
      return await fleet.toEnd([...args, "--output-dir", `report-${index}`], { key: "", cwd: folder(), environment });
    }),
  );
  expect(jobs.map(({ code, output }) => [code, output.includes("PASSED")])).toEqual([
    [0, true],
    [0, true],
  ]);
  expect(issuer.tokensAsked).toBe(0);
});

test("where the coordinator cannot fetch the issuer's keys the job runs its tests by itself, and others go on as before", async () => {
  const fleet = await fleetWithRules();
  issuer.answer = (path, response) => path !== "/token" && (response.writeHead(503).end(), true);
  const args = ["run", "--project", "shop", "--fallback-after", "1"];
  const job = { key: "", cwd: folder(), environment: githubJob() };
  expect(await fleet.toEnd([...args, "--no-fallback"], job)).toMatchObject({
    output: expect.stringMatching(/keys of \S+ cannot be fetched: it answered with status 503/) as string,
  });
  expect(hasReports()).toBe(false);
  expect(await fleet.toEnd(args, job)).toMatchObject({ code: 0 });
  expect(report()).toMatchObject({ verdict: "passed", notices: [{ code: "fallback" }] });
  // Who has a token is let in as ever.
  expect(await fleet.toEnd(["runs"])).toMatchObject({ code: 0 });
});

test("a coordinator does not start with rules that are wrong, and names the field", async () => {
  const rules = {
    audience,
    issuers: [{ issuer: "https://gitlab.com" }],
    rules: [{ issuer: "https://gitlab.com", claims: { ref: "main" }, project: "x", scope: "job" }],
  };
  writeFileSync(join(folder(), "rules.yml"), JSON.stringify(rules));
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  const port = String(await freePort());
  const started = await fleet.toEnd(
    ["coordinator", "--oidc-rules", "rules.yml", "--port", port, "--state-dir", join(folder(), "state")],
    {
      cwd: folder(),
    },
  );
  expect(started).toMatchObject({
    code: 2,
    output: expect.stringContaining("rules.yml: rules.0.claims: say whose tokens are meant") as string,
  });
});
