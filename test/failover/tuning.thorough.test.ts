import { expect, test } from "vitest";
import { runToEnd } from "../processes.ts";
import { adminToken, kill, leaderAmong, startNodes } from "./nodes.ts";

test("what is pinned through a follower holds after kill -9 of the leader, and can be reset there", async () => {
  const nodes = await startNodes(3);
  const leader = await leaderAmong(nodes);
  const others = nodes.filter((node) => node !== leader);
  const shardwright = async (...args: string[]) => {
    const environment = { SHARDWRIGHT_COORDINATOR: others[0]?.address ?? "", SHARDWRIGHT_API_KEY: adminToken };
    return runToEnd(args, { environment });
  };
  expect(await shardwright("tuning", "pin", "lease-time", "45")).toEqual({ code: 0, output: "lease-time is pinned.\n" });
  expect(await shardwright("cluster", "config", "set", "self-tuning", "on")).toMatchObject({ code: 0 });

  await kill(leader);
  await leaderAmong(others);
  const { code, output } = await shardwright("tuning", "show");
  expect(code).toBe(0);
  expect(output).toContain("Self-tuning is on.");
  expect(output).toMatch(/^lease-time {2}45 s \(pinned; from 15 s to 120 s\)$/m);
  expect(output).toMatch(/^ {2}\d{4}-\d\d-\d\d \d\d:\d\d UTC: went from 15 s to 45 s: pinned by hand$/m);
  expect(await shardwright("tuning", "reset")).toEqual({ code: 0, output: "Every parameter begins anew at its default.\n" });
  expect((await shardwright("tuning", "show")).output).toMatch(/^lease-time {2}15 s \(default;/m);
});
