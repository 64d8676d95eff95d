import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { PriceFeed } from "../src/price-feed.ts";
import { between, seeded } from "../src/random.ts";

test("a lone update is delivered by itself, after a while", async () => {
  const batches: ReadonlyMap<string, number>[] = [];
  const feed = new PriceFeed(async (prices) => void batches.push(prices), 200, 10);
  feed.update("mug", 800);
  feed.update("mug", 750);
  expect(batches).toEqual([]);
  while (batches.length === 0) await sleep(20);
  expect(batches).toEqual([new Map([["mug", 750]])]);
});

test("a full batch does not wait", async () => {
  const batches: ReadonlyMap<string, number>[] = [];
  const feed = new PriceFeed(async (prices) => void batches.push(prices), 60_000, 3);
  for (const [index, sku] of ["mug", "cup", "pot", "tea"].entries()) feed.update(sku, index);
  await feed.flush();
  expect(batches.map((batch) => [...batch.keys()])).toEqual([["mug", "cup", "pot"], ["tea"]]);
});

test("a slow receiver gets the batches in order, and ends with the last prices", async () => {
  const random = seeded(71);
  const received = new Map<string, number>();
  const last = new Map<string, number>();
  let running = 0;
  let most = 0;
  const feed = new PriceFeed(
    async (prices) => {
      running += 1;
      most = Math.max(most, running);
      await sleep(between(random, 5, 60));
      for (const [sku, price] of prices) received.set(sku, price);
      running -= 1;
    },
    5,
    20,
  );
  for (let round = 0; round < 120; round += 1) {
    const sku = `sku-${between(random, 0, 40)}`;
    feed.update(sku, round);
    last.set(sku, round);
    if (round % 10 === 9) await sleep(25);
  }
  await feed.flush();
  expect(received).toEqual(last);
  expect(most).toBe(1);
});
