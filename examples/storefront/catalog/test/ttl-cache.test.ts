import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { TtlCache } from "../src/ttl-cache.ts";

const forgotten = async (cache: TtlCache<number>, key: string): Promise<void> => {
  while (cache.has(key)) await sleep(20);
};

test("a value is loaded once and remembered", async () => {
  const cache = new TtlCache<number>(60_000);
  let loads = 0;
  const load = async () => (loads += 1);
  expect(await cache.get("a", load)).toBe(1);
  expect(await cache.get("a", load)).toBe(1);
  expect(await cache.get("b", load)).toBe(2);
});

test("a value is loaded again when its time is over", async () => {
  const cache = new TtlCache<number>(350);
  let loads = 0;
  const load = async () => (loads += 1);
  for (const round of [1, 2]) {
    expect(await cache.get("a", load)).toBe(round);
    await forgotten(cache, "a");
  }
});

test("fifty who ask at once share one slow load", async () => {
  const cache = new TtlCache<number>(60_000);
  let loads = 0;
  const load = async (): Promise<number> => {
    await sleep(120);
    return (loads += 1);
  };
  expect(new Set(await Promise.all(Array.from({ length: 50 }, () => cache.get("a", load))))).toEqual(new Set([1]));
});

test("a failed load is not remembered", async () => {
  const cache = new TtlCache<number>(60_000);
  await expect(cache.get("a", () => Promise.reject(new Error("down")))).rejects.toThrow("down");
  expect(await cache.get("a", async () => 7)).toBe(7);
});
