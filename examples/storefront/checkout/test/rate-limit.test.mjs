import assert from "node:assert/strict";
import test from "node:test";
import { TokenBucket } from "../src/rate-limit.mjs";

test("a burst passes as far as the bucket goes", () => {
  const bucket = new TokenBucket({ capacity: 5, per_second: 0.01 });
  const taken = Array.from({ length: 8 }, () => bucket.tryTake());
  assert.deepEqual(taken, [true, true, true, true, true, false, false, false]);
});

test("30 calls at 25 a second with 5 in the bucket take a second", async () => {
  const bucket = new TokenBucket({ capacity: 5, per_second: 25 });
  const started = performance.now();
  for (let call = 0; call < 30; call += 1) await bucket.take();
  assert.ok(performance.now() - started >= 950);
});

test("callers that wait together share one bucket", async () => {
  const bucket = new TokenBucket({ capacity: 1, per_second: 40 });
  const started = performance.now();
  await Promise.all(Array.from({ length: 11 }, () => bucket.take()));
  assert.ok(performance.now() - started >= 230);
});
