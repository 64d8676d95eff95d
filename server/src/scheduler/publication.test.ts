import { expect, test } from "vitest";
import { World, submissionOf } from "../testing/world.ts";

const term_ms = 300_000;

/** A run that has ended red, so that it can be taken up again. */
async function endedRun(world: World): Promise<string> {
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js"], { options: { max_retries: 0 } }));
  await end(world);
  return run;
}

async function end(world: World): Promise<void> {
  const worker = await world.worker("one");
  for (const lease of await worker.lease()) await worker.run(lease, "failed");
}

const ask = (world: World, run: string, by: string, done = false) => world.scheduler.publication(run, { by, done });

test("of all who ask at once, one is to tell of a run's end; once it has, nobody is", async () => {
  await using world = await World.open();
  const run = await endedRun(world);
  const asked = ["a", "b", "c", "d"];
  const answers = await Promise.all(asked.map((by) => ask(world, run, by)));
  expect(answers.map(({ granted }) => granted)).toEqual([true, false, false, false]);
  expect(answers[3]).toEqual({ granted: false, done: false, by: "a", again_ms: term_ms });
  // Its answer was lost, or its job run again.
  expect(await ask(world, run, "a")).toMatchObject({ granted: true });
  expect(await ask(world, run, "b", true)).toMatchObject({ granted: false, done: false });
  expect(await ask(world, run, "a", true)).toEqual({ granted: true, done: true, by: "a" });
  world.clock.advance(10 * term_ms);
  for (const by of asked) expect(await ask(world, run, by)).toEqual({ granted: false, done: true, by: "a" });
});

test("who dies before it has told keeps the next from it for a while only, whatever happens to coordinator and clock", async () => {
  await using world = await World.open();
  const run = await endedRun(world);
  await ask(world, run, "a");
  world.clock.advance(term_ms - 1);
  await world.restart();
  expect(await ask(world, run, "b")).toEqual({ granted: false, done: false, by: "a", again_ms: 1 });
  world.clock.advance(1);
  const late = await Promise.all([ask(world, run, "b"), ask(world, run, "c"), ask(world, run, "a", true)]);
  expect(late.map(({ granted }) => granted)).toEqual([true, false, false]);
  // The next leader's clock is behind the last one's.
  world.clock.advance(-1000);
  expect(await ask(world, run, "c")).toEqual({ granted: false, done: false, by: "b", again_ms: term_ms });
  world.clock.advance(-term_ms);
  expect(await ask(world, run, "c")).toMatchObject({ granted: true });
});

test("a run that goes on has no end to tell of; one taken up again has a new one", async () => {
  await using world = await World.open();
  await expect(ask(world, "r-0000000000009999", "a")).rejects.toMatchObject({ code: "not-found" });
  const json = submissionOf(["a.test.js"], { options: { max_retries: 0 } });
  const { run } = await world.scheduler.submit(json);
  expect(await ask(world, run, "a")).toEqual({ granted: false, done: false });
  await end(world);
  await ask(world, run, "a");
  await ask(world, run, "a", true);
  // What it says of the end before is no word on the next.
  const [reopened, early] = await Promise.all([world.scheduler.submit(json), ask(world, run, "a")]);
  expect([reopened.disposition, early.granted]).toEqual(["reopened", false]);
  expect(await ask(world, run, "b")).toEqual({ granted: false, done: false });
  await end(world);
  expect(await ask(world, run, "a", true)).toEqual({ granted: false, done: false });
  expect(await ask(world, run, "b")).toMatchObject({ granted: true });
});

test("nobody is to tell of a run that is being forgotten", async () => {
  await using world = await World.open();
  const run = await endedRun(world);
  const forgotten = world.scheduler.purge([run]);
  await expect(ask(world, run, "a")).rejects.toMatchObject({ code: "not-found" });
  expect(await forgotten).toEqual([run]);
  expect(world.inside.ledger.history(run, 0, 10)).toEqual([]);
});
