import { expect, test } from "vitest";
import { beatInterval_ms, beatPatience_ms } from "./heartbeats.ts";

test("heartbeats may come more often than asked for, never less often", () => {
  expect(beatInterval_ms(undefined, 5000)).toBe(5000);
  expect(beatInterval_ms(1000, 5000)).toBe(1000);
  expect(beatInterval_ms(600_000, 5000)).toBe(5000);
});

test("all addresses but one may be silent, and the heartbeat comes in time; a busy coordinator is not given up in a hurry", () => {
  const link = { lease_ttl_ms: 15_000, heartbeat_ms: 3000 };
  const patience = (count: number, timeout_ms = 10_000) =>
    beatPatience_ms(link, { addresses: Array.from({ length: count }, () => ""), timeout_ms });
  expect(patience(1)).toBe(10_000);
  expect(patience(3)).toBe(4000);
  expect(patience(3, 500)).toBe(500);
  expect(patience(50)).toBe(1000);
  for (const count of [2, 3, 5]) expect(link.heartbeat_ms + (count - 1) * patience(count)).toBeLessThan(link.lease_ttl_ms);
});
