import { expect, test } from "vitest";
import { LruCache } from "../src/lru-cache.ts";
import { between, seeded } from "../src/random.ts";

test("the one unused for longest goes first", () => {
  const cache = new LruCache<string, number>(2);
  cache.set("a", 1);
  cache.set("b", 2);
  cache.get("a");
  cache.set("c", 3);
  expect(cache.keys).toEqual(["a", "c"]);
  expect(cache.get("b")).toBeUndefined();
});

test("a limit below one is refused", () => expect(() => new LruCache(0)).toThrow(RangeError));

test("agrees with a list that is searched: 40,000 random steps", () => {
  const random = seeded(17);
  const cache = new LruCache<number, number>(32);
  let list: { key: number; value: number }[] = [];
  for (let step = 0; step < 40_000; step += 1) {
    const key = between(random, 0, 60);
    const known = list.find((entry) => entry.key === key);
    if (random() < 0.5) {
      if (cache.get(key) !== known?.value) expect.fail(`step ${step}`);
      if (known !== undefined) list = [...list.filter((entry) => entry !== known), known];
    } else {
      cache.set(key, step);
      list = [...list.filter((entry) => entry !== known), { key, value: step }].slice(-32);
    }
    if (cache.keys.join() !== list.map((entry) => entry.key).join()) expect.fail(`step ${step}`);
  }
});
