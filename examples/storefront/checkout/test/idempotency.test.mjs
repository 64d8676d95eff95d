import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { idempotent } from "../src/idempotency.mjs";

test("a customer who clicks ten times pays once", async () => {
  let charges = 0;
  const pay = idempotent(async (minor) => {
    await sleep(150);
    charges += 1;
    return { charge: charges, minor };
  });
  const clicks = await Promise.all(Array.from({ length: 10 }, () => pay("order-1", 850)));
  assert.ok(clicks.every((click) => click.charge === 1));
  assert.deepEqual(await pay("order-2", 100), { charge: 2, minor: 100 });
});

test("a failed payment may be tried again", async () => {
  let calls = 0;
  const pay = idempotent(() => {
    calls += 1;
    if (calls === 1) throw new Error("bank is down");
    return "paid";
  });
  await assert.rejects(pay("order-1", 850), /bank is down/);
  assert.equal(await pay("order-1", 850), "paid");
});

test("one key cannot pay two amounts", async () => {
  const pay = idempotent(() => "paid");
  await pay("order-1", 850);
  assert.throws(() => pay("order-1", 9000), /used for something else/);
});
