import assert from "node:assert/strict";
import test from "node:test";
import { seeded } from "../src/random.mjs";
import { backoff, Declined, retry } from "../src/retry.mjs";

const bank = (failures, error = new Error("busy")) => {
  let calls = 0;
  const pay = async () => {
    calls += 1;
    if (calls <= failures) throw error;
    return `paid at try ${calls}`;
  };
  return Object.assign(pay, { calls: () => calls });
};

test("waits longer each time, and gets through", async () => {
  const started = performance.now();
  const pay = bank(4);
  assert.equal(await retry(pay, { attempts: 5, base_ms: 80, random: seeded(1) }), "paid at try 5");
  // At least half of 80 + 160 + 320 + 640 ms; timers may end a little early.
  assert.ok(performance.now() - started >= 590);
});

test("gives up after its attempts", async () => {
  const pay = bank(Infinity);
  await assert.rejects(retry(pay, { attempts: 3, base_ms: 20 }), /busy/);
  assert.equal(pay.calls(), 3);
});

test("does not try again what was declined", async () => {
  const pay = bank(Infinity, new Declined("no money"));
  await assert.rejects(retry(pay, { attempts: 9, base_ms: 60_000 }), /no money/);
  assert.equal(pay.calls(), 1);
});

test("stops waiting when the customer leaves", async () => {
  const signal = AbortSignal.timeout(100);
  await assert.rejects(retry(bank(Infinity), { attempts: 2, base_ms: 60_000, limit_ms: 60_000, signal }), { name: "AbortError" });
});

test("a wait stays between half and all of its step", () => {
  const random = seeded(6);
  for (let attempt = 1; attempt <= 60; attempt += 1) {
    const wait_ms = backoff(attempt, { base_ms: 100, limit_ms: 5_000, random });
    const full_ms = Math.min(5_000, 100 * 2 ** (attempt - 1));
    assert.ok(wait_ms >= full_ms / 2 && wait_ms <= full_ms);
  }
});
