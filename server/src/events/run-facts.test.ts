import { expect, test } from "vitest";
import { type FakeWorker, World, eventsOf, submissionOf } from "../testing/world.ts";
import { EventHub } from "./event-hub.ts";
import type { ReadyEventSource } from "./server-sent.ts";
import { runEventSource } from "./sources.ts";

/** A run of so many files, somebody who watches it, and how often the tables were read for that. */
async function watched(world: World, count: number) {
  const { queries, ledger } = world.inside;
  const hub = new EventHub();
  ledger.onApplied((facts) => hub.applied(facts));
  const worker = await world.worker("one", {}, 256);
  const { run } = await world.scheduler.submit(submissionOf(Array.from({ length: count }, (_, at) => `${at}.test.js`)));
  let reads = 0;
  const history: typeof ledger.history = (...args) => {
    reads += 1;
    return ledger.history(...args);
  };
  let rings = 0;
  const source = runEventSource({ queries, hub, ledger: { history } }, run, undefined, () => {
    rings += 1;
  });
  return { run, worker, source, hub, types: () => typesOf(source), reads: () => reads, rings: () => rings };
}

function typesOf(source: ReadyEventSource): string[] {
  return source.next().map(({ data }) => (JSON.parse(data ?? "") as { type: string }).type);
}

async function passAll(worker: FakeWorker, after: () => void = () => {}): Promise<void> {
  for (let leases = await worker.lease(256); leases.length > 0; leases = await worker.lease(256)) {
    for (const lease of leases) for (const { task } of lease.tasks) await worker.send(...eventsOf(lease, task));
    after();
  }
}

test("what comes while somebody watches is not read from the tables, and nothing of it is missing or doubled", async () => {
  await using world = await World.open();
  const { run, worker, source, types, reads, rings } = await watched(world, 3);
  expect(types()).toEqual(["submitted"]);
  const seen: string[] = [];
  await passAll(worker, () => seen.push(...types()));
  expect(seen.at(-1)).toBe("ended");
  // As one is told who comes when all is over.
  expect(["submitted", ...seen]).toEqual(
    typesOf(runEventSource({ ...world.inside, hub: new EventHub() }, run, undefined, () => {})),
  );
  expect(source.isOver).toBe(true);
  expect(reads()).toBe(1);
  expect(rings()).toBeGreaterThan(1);
});

test("what is too much to keep for one who does not read, and what other tables may have, is read from the tables", async () => {
  await using world = await World.open();
  const { worker, hub, types, reads } = await watched(world, 400);
  expect(types()).toEqual(["submitted"]);
  hub.restored();
  expect(types()).toEqual([]);
  expect(reads()).toBe(2);
  await passAll(worker);
  const seen: string[] = [];
  for (let news = types(); news.length > 0; news = types()) seen.push(...news);
  expect(seen.filter((type) => type === "attempt")).toHaveLength(400);
  expect(reads()).toBeGreaterThan(4);
});
