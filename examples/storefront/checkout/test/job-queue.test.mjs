import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { JobQueue } from "../src/job-queue.mjs";
import { between, seeded } from "../src/random.mjs";

for (const limit of [1, 4]) {
  test(`at most ${limit} at once, started in order`, async () => {
    const random = seeded(limit);
    const queue = new JobQueue(limit);
    const started = [];
    let running = 0;
    let most = 0;
    const job = (number) => async () => {
      started.push(number);
      running += 1;
      most = Math.max(most, running);
      await sleep(between(random, 5, 25));
      running -= 1;
      return number;
    };
    const numbers = Array.from({ length: 22 * limit }, (_, index) => index);
    assert.deepEqual(await Promise.all(numbers.map((number) => queue.add(job(number)))), numbers);
    assert.deepEqual(started, numbers);
    assert.equal(most, limit);
  });
}

test("a failed job does not hold up the others", async () => {
  const queue = new JobQueue(1);
  const failed = queue.add(() => {
    throw new Error("paper jam");
  });
  const next = queue.add(() => "printed");
  await assert.rejects(failed, /paper jam/);
  assert.equal(await next, "printed");
});
