import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CircuitBreaker } from "../src/circuit-breaker.mjs";

const broken = () => Promise.reject(new Error("down"));
const working = () => Promise.resolve("fine");
let breaker;

beforeEach(async () => {
  breaker = new CircuitBreaker({ failures: 3, cooldown_ms: 400 });
  for (let call = 0; call < 2; call += 1) await assert.rejects(breaker.call(broken), /down/);
});

const cooled = async () => {
  while (breaker.state === "open") await sleep(20);
};

test("two failures are forgiven after a success", async () => {
  assert.equal(await breaker.call(working), "fine");
  await assert.rejects(breaker.call(broken), /down/);
  assert.equal(breaker.state, "closed");
});

test("three failures open it: nothing is called", async () => {
  await assert.rejects(breaker.call(broken), /down/);
  await assert.rejects(
    breaker.call(() => assert.fail("was called")),
    /resting/,
  );
});

test("after a rest one call tries, and closes it", async () => {
  await assert.rejects(breaker.call(broken), /down/);
  await cooled();
  const probe = breaker.call(() => sleep(50, "back"));
  await assert.rejects(breaker.call(working), /resting/);
  assert.equal(await probe, "back");
  assert.equal(breaker.state, "closed");
});

test("a failed try begins another rest", async () => {
  await assert.rejects(breaker.call(broken), /down/);
  await cooled();
  await assert.rejects(breaker.call(broken), /down/);
  await assert.rejects(breaker.call(working), /resting/);
});
