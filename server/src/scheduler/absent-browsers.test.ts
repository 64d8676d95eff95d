import { expect, test } from "vitest";
import { World, submissionOf } from "../testing/world.ts";

const inFirefox = { file: "page.test.js", browser: "firefox", requirements: { tags: ["browser:firefox"] } };

test("in a fleet a browser that nobody offers is waited for, and given up after a while", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const { run } = await world.scheduler.submit(submissionOf([inFirefox]));
  expect(await one.lease()).toEqual([]);
  for (let waited_ms = 0; waited_ms < world.options.unsatisfiableGrace_ms; waited_ms += 5000) {
    expect(world.report(run).tasks[0]?.status).toBe("pending");
    await one.poll(1, 0);
    await world.scheduler.heartbeat(one.id, { fences: [], draining: false });
    world.clock.advance(5000);
  }
  await expect.poll(() => world.report(run).tasks[0]?.status, { timeout: 20_000 }).toBe("skipped");
  // Nothing else was there to be run.
  expect(world.report(run).run).toMatchObject({ verdict: "incomplete" });
});

test("a worker that finds its browsers beside its work has the task before that, and stays who it is", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const { run } = await world.scheduler.submit(submissionOf([inFirefox, { file: "plain.test.js" }]));
  const [plain] = await one.lease();
  expect(plain?.tasks.map(({ spec }) => spec.file)).toEqual(["plain.test.js"]);
  world.clock.advance(10_000);
  await world.scheduler.heartbeat(one.id, { fences: [plain?.fence ?? 0], draining: false });
  const again = await one.offer(["browser:firefox"]);
  expect(again.worker).toBe(one.id);
  const [found] = await one.lease();
  expect(found?.tasks.map(({ spec }) => spec.file)).toEqual(["page.test.js"]);
  // It still has what it ran.
  for (const lease of [plain, found]) if (lease !== undefined) await one.run(lease);
  expect(world.report(run).run).toMatchObject({ verdict: "passed", account: { passed: 2, skipped: 0 } });
});

test("where no other worker can come it is not waited for", async () => {
  await using world = await World.open({ workersAreKnown: true });
  await world.worker("one");
  const { run } = await world.scheduler.submit(submissionOf([inFirefox]));
  world.clock.advance(1);
  await expect.poll(() => world.report(run).tasks[0]?.status, { timeout: 20_000 }).toBe("skipped");
});
