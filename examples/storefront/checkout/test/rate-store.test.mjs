// The first test below is FLAKY, on purpose, in the way such tests are in real suites: it assumes a warm cache. The rates
// lie in a file in the system's temporary folder. A run that finds no file gets no rates, fails, and leaves the file behind;
// the next attempt finds it and passes. So a run with retries reports exactly one flaky test.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { convert } from "../src/currency.mjs";
import { RateStore } from "../src/rate-store.mjs";

// Shardwright gives every run an id, the same for all its workers. Without it: the process that started this one.
const session = (process.env.SHARDWRIGHT_RUN_ID ?? `process-${process.ppid}`).replace(/[^\w-]/g, "_");
const bank = async () => ({ USD: 1.1, JPY: 160 });

test("a basket is shown in dollars", async (t) => {
  const store = new RateStore(join(tmpdir(), "shardwright-storefront", `rates-${session}.json`), bank);
  t.after(() => store.settled());
  const rates = await store.current();
  assert.ok(rates, "no exchange rates yet: the cache was cold");
  assert.equal(convert(1000, "EUR", "USD", rates.USD), 1100);
});

test("the first caller gets nothing, the next one the renewed rates", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "storefront-"));
  t.after(() => rm(folder, { recursive: true }));
  const store = new RateStore(join(folder, "rates.json"), bank);
  assert.equal(await store.current(), undefined);
  await store.settled();
  assert.deepEqual(await store.current(), { USD: 1.1, JPY: 160 });
  await store.settled();
});
