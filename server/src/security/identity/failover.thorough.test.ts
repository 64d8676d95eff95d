import { expect, test } from "vitest";
import { Coordinators, call, status } from "../../testing/coordinators.ts";
import { TestIssuer, githubClaims } from "../../testing/issuer.ts";
import { readIdentityRules } from "./rules.ts";

test("any coordinator takes an identity token, and what it gave outlives the leader", async () => {
  await using issuer = await TestIssuer.start();
  await using coordinators = new Coordinators();
  const identity = readIdentityRules(
    {
      audience: "shardwright",
      issuers: [{ issuer: issuer.address, kind: "github" }],
      rules: [{ issuer: issuer.address, claims: { repository: "acme/shop" }, project: "shop", scope: "submit" }],
    },
    "rules",
  );
  const all = await coordinators.three({ identity });
  const leader = await coordinators.leader(all);
  const [follower] = all.filter((each) => each !== leader);
  if (follower === undefined) throw new Error("no follower");
  const exchange = (body: object) => call(follower, "POST", "/api/v1/identity/exchange", body, "");
  const given = await exchange({ token: await issuer.sign(githubClaims), project: "shop" });
  expect(given).toMatchObject({ status: 201, body: { scope: "submit", project: "shop" } });
  expect((await exchange({ token: "x".repeat(17_000) })).status).toBe(400);
  expect(await exchange({ token: await issuer.sign(githubClaims, { audience: "other" }), project: "shop" })).toMatchObject({
    status: 403,
    body: { error: { code: "identity-audience" } },
  });

  await coordinators.stop(leader);
  const left = all.filter((each) => each !== leader);
  const next = await coordinators.leader(left);
  for (const each of left) {
    await expect.poll(async () => (await status(each)).leader?.id).toBe((await status(next)).id);
    const secret = given.body.secret as string;
    expect((await call(each, "GET", "/api/v1/runs", undefined, secret)).status).toBe(200);
    expect((await call(each, "GET", "/api/v1/runs?project=site", undefined, secret)).status).toBe(403);
  }
  // It answers before all of that has come, and ends the connection.
  expect((await call(next, "POST", "/api/v1/identity/exchange", { token: "x".repeat(20_000) }, "")).status).toBe(413);
});
