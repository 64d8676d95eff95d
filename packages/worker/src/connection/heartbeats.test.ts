import { expect, test } from "vitest";
import { beatInterval_ms } from "./heartbeats.ts";

test("heartbeats may come more often than asked for, never less often", () => {
  expect(beatInterval_ms(undefined, 5000)).toBe(5000);
  expect(beatInterval_ms(1000, 5000)).toBe(1000);
  expect(beatInterval_ms(600_000, 5000)).toBe(5000);
});
