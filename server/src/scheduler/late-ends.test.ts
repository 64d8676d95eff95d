import type { WorkerEvent } from "@shardwright/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { World, eventsOf, submissionOf } from "../testing/world.ts";

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world[Symbol.asyncDispose]());

let runs = 0;
/** The worker's clock, years behind ours. */
const theirs_ms = 1_000_000;

/** One test of 2 s that ends 3 s after it was leased, and is told of after as long again. @returns when it ended, after its lease */
async function endedAfter(
  waited_ms: number,
  told: { readonly ended_at_ms?: number; readonly sent_at_ms?: number },
  isWritten: boolean,
) {
  const worker = await world.worker("one");
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js"], { run_key: `run-${(runs += 1)}` }));
  const [lease] = await worker.lease();
  if (lease === undefined) throw new Error("nothing was leased");
  // Whoever reads has the attempt written; else it and its end are written together.
  if (isWritten) world.inside.queries.tasks.attempts(run);
  world.clock.advance(3000 + waited_ms);
  const events = eventsOf(lease, 0, "passed", 2000).map((event): WorkerEvent => {
    const { ended_at_ms } = told;
    return event.type === "finished" && ended_at_ms !== undefined ? { ...event, ended_at_ms } : event;
  });
  const { sent_at_ms } = told;
  await world.scheduler.results(worker.id, { events, ...(sent_at_ms !== undefined && { sent_at_ms }) });
  const [attempt] = world.inside.queries.tasks.attempts(run);
  return (attempt?.ended_at_ms ?? 0) - (attempt?.leased_at_ms ?? 0);
}

describe.each([
  ["whose beginning is written", true],
  ["that is written as a whole", false],
])("an attempt %s", (_, isWritten) => {
  test("that ended while nobody could be told is known to have ended then, whatever the worker's clock", async () => {
    expect(await endedAfter(4000, { ended_at_ms: theirs_ms, sent_at_ms: theirs_ms + 4000 }, isWritten)).toBe(3000);
  });

  test("has ended where it was told of without the worker's word", async () => {
    expect(await endedAfter(4000, {}, isWritten)).toBe(7000);
  });

  test("is moved by no clock that was set meanwhile to before its lease, to tomorrow, or by a day", async () => {
    expect(await endedAfter(1000, { ended_at_ms: theirs_ms, sent_at_ms: theirs_ms + 600_000 }, isWritten)).toBe(0);
    expect(await endedAfter(1000, { ended_at_ms: theirs_ms + 5000, sent_at_ms: theirs_ms }, isWritten)).toBe(4000);
    expect(await endedAfter(1000, { ended_at_ms: theirs_ms, sent_at_ms: theirs_ms + 86_400_000 }, isWritten)).toBe(4000);
  });
});
