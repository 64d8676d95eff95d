import assert from "node:assert/strict";
import test from "node:test";
import { orderIds, timeOf } from "../src/order-id.mjs";
import { between, seeded } from "../src/random.mjs";

test("an id tells its time", () => {
  const next = orderIds(() => 1_767_225_600_000, seeded(1));
  assert.equal(timeOf(next()), 1_767_225_600_000);
});

test("250,000 ids are different and in order, also when the clock jumps back", () => {
  const random = seeded(2);
  let now = 1_767_225_600_000;
  const next = orderIds(() => (now += between(random, -3, 4)), random);
  let last = "";
  for (let round = 0; round < 250_000; round += 1) {
    const id = next();
    if (!(id > last) || id.length !== 16) assert.fail(`${id} after ${last}`);
    last = id;
  }
});
