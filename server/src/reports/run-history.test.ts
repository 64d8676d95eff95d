import { breakerLimits } from "@shardwright/core";
import { expect, test } from "vitest";
import { World, eventsOf, submissionOf } from "../testing/world.ts";
import { readTimeline } from "./run-history.ts";

const settings = { batchCount_limit: 1, breakers: breakerLimits({ threshold: 3, reset_ms: 5000 }) };
const all = { after: 0, limit: 10_000 };
const files = (count: number) => Array.from({ length: count }, (_, index) => `t${index}.test.js`);

function timeline(world: World, run: string, only?: "trouble") {
  return readTimeline(world.inside.queries, run, { ...all, only }, world.clock.now_ms());
}
const texts = (world: World, run: string, only?: "trouble") =>
  timeline(world, run, only).events.map(({ kind, text }) => `${kind}: ${text}`);

/** A run in which one worker sets nothing up and is quarantined, and the coordinator is started anew. */
async function troubled() {
  const world = await World.open(settings);
  const [bad, good] = [await world.worker("bad"), await world.worker("good")];
  const { run } = await world.scheduler.submit(submissionOf(files(6), { options: { max_retries: 1 } }));
  for (let turn = 0; turn < 3; turn += 1) {
    const [lease] = await bad.lease();
    if (lease === undefined) throw new Error("nothing was dealt");
    for (const { task } of lease.tasks) {
      const [started, , finished] = eventsOf(lease, task, "errored");
      if (finished.type === "finished")
        await bad.send(started, { ...finished, cases: 0, failure: { kind: "setup-error", message: "no database" } });
    }
    const [other] = await good.lease();
    if (other !== undefined) await good.run(other);
    world.clock.advance(10);
  }
  return { world, run, bad, good };
}

test("a run's timeline has each attempt, what was decided for it, the breaker that opened, and who took over", async () => {
  const { world, run, good } = await troubled();
  await using _ = world;
  await world.restart();
  for (let [lease] = await good.lease(); lease !== undefined; [lease] = await good.lease()) await good.run(lease);
  await good.heartbeat();
  const told = texts(world, run, "trouble");
  expect(told[0]).toBe("submitted: submitted with 6 files");
  expect(told).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^failed: t\d\.test\.js could not be run on bad \(setup-error\): no database$/),
      expect.stringMatching(/^decided: t\d\.test\.js runs again elsewhere and afresh \(level 3\)$/),
      "breaker: worker bad is quarantined for at least 5.00 s: its circuit breaker opened",
      "coordinator: the coordinator this-one began to lead",
      expect.stringMatching(/^notice: bad takes no more tests for 5 s/),
    ]),
  );
  expect(told.filter((text) => text.startsWith("breaker"))).toHaveLength(1);
  expect(told.join()).not.toContain("dealt");
  const kinds = timeline(world, run).events.map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === "passed")).toHaveLength(6);
  expect(kinds.filter((kind) => kind === "dealt")).toHaveLength(9);
});

test("of what happened elsewhere, or before and after it, a run's timeline has nothing", async () => {
  const { world, good, bad } = await troubled();
  await using _ = world;
  for (let [lease] = await good.lease(); lease !== undefined; [lease] = await good.lease()) await good.run(lease);
  world.clock.advance(10);
  const { run } = await world.scheduler.submit(submissionOf(["calm.test.js"], { run_key: "calm" }));
  await bad.leave();
  const [lease] = await good.lease();
  if (lease !== undefined) await good.run(lease);
  expect(texts(world, run)).toEqual([
    "submitted: submitted with 1 file",
    "dealt: calm.test.js dealt to good",
    "begun: calm.test.js begun on good",
    "passed: calm.test.js passed on good",
    expect.stringMatching(/^ended: passed: /),
  ]);
});

test("a page has as many events as were asked for, and says where the next one begins", async () => {
  const { world, run } = await troubled();
  await using _ = world;
  const whole = timeline(world, run).events;
  const pages: typeof whole = [];
  for (let after: number | undefined = 0; after !== undefined;) {
    const page = readTimeline(world.inside.queries, run, { after, limit: 4 }, world.clock.now_ms());
    expect(page.events.length).toBeLessThanOrEqual(4);
    expect(page.total).toBe(whole.length);
    pages.push(...page.events);
    after = page.next;
  }
  expect(pages).toEqual(whole);
  expect(() => readTimeline(world.inside.queries, "r-0000000000000099", all, 0)).toThrow("r-0000000000000099");
});
