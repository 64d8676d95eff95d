import { expect, test } from "vitest";
import type { Coordinator } from "../../coordinator.ts";
import { Coordinators, status } from "../../testing/coordinators.ts";
import { TestProvider } from "../../testing/provider.ts";
import { readSignIn } from "./options.ts";

const dashboard = "https://ci.example.com/";

test("a sign-in that one coordinator has begun another one ends, also when the leader has died meanwhile", async () => {
  await using provider = await TestProvider.start();
  provider.redirectUris.push(`${dashboard}api/v1/session/callback`);
  await using coordinators = new Coordinators();
  const signIn = readSignIn(
    {
      issuer: provider.address,
      client_id: provider.clientId,
      addresses: [dashboard],
      rules: [{ claims: { groups: "testers" }, scope: "submit" }],
    },
    "sign-in.yml",
    provider.clientSecret,
  );
  const all = await coordinators.three({ signIn });
  const leader = await coordinators.leader(all);
  const [first, second] = all.filter((each) => each !== leader);
  if (first === undefined || second === undefined) throw new Error("there are no followers");
  const ask = ({ address }: Coordinator, path: string, init: RequestInit = {}, cookie = "") =>
    fetch(`${address}/api/v1/session${path}`, { redirect: "manual", ...init, headers: { "shardwright-dashboard": "1", cookie } });

  const begun = await ask(first, "/begin", { method: "POST", body: JSON.stringify({ address: dashboard }) });
  const { url } = (await begun.json()) as { url: string };
  const kept = begun.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  await coordinators.stop(leader);
  const left = [first, second];
  const next = await coordinators.leader(left);
  for (const each of left)
    await expect.poll(async () => (await status(each)).leader?.id, { timeout: 20_000 }).toBe((await status(next)).id);

  // By way of one that does not lead: both cookies come through it whole.
  const follower = next === first ? second : first;
  const answer = provider.visit(url, { sub: "u-1", groups: ["testers"] });
  const back = await ask(follower, `/callback${answer.search}`, {}, kept);
  expect(back.status).toBe(303);
  expect(back.headers.get("location")).toBe(dashboard);
  const cookies = back.headers.getSetCookie();
  expect(cookies).toHaveLength(3);
  const cookie = cookies[0]?.split(";")[0] ?? "";
  for (const each of left) {
    const who = (await (await ask(each, "", {}, cookie)).json()) as object;
    expect(who).toMatchObject({ session: { name: "u-1", scope: "submit" } });
  }
});
