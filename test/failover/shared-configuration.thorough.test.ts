import { expect, test } from "vitest";
import { runToEnd } from "../processes.ts";
import { adminToken, kill, leaderAmong, startNodes } from "./nodes.ts";

test("what is set through a follower is what the next leader goes by after kill -9 of the leader", async () => {
  const nodes = await startNodes(3);
  const leader = await leaderAmong(nodes);
  const others = nodes.filter((node) => node !== leader);
  const config = async (...args: string[]) => {
    const environment = { SHARDWRIGHT_COORDINATOR: others[0]?.address ?? "", SHARDWRIGHT_API_KEY: adminToken };
    return runToEnd(["cluster", "config", ...args], { environment });
  };

  expect(await config("set", "quota", "shop=8", "*=32,nightly=2")).toEqual({
    code: 0,
    output: "quota is set for all coordinators.\n",
  });
  expect(await config("set", "retention-days", "soon")).toMatchObject({
    code: 2,
    output: expect.stringContaining("retention-days: "),
  });

  await kill(leader);
  await leaderAmong(others);
  expect(await config("get", "quota")).toEqual({ code: 0, output: "shop=8\n*=32\nnightly=2\n" });
  expect(await config("unset", "quota")).toMatchObject({ code: 0 });
  expect((await config("get")).output).toMatch(/^quota +none +default$/m);
});
