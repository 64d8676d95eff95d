import { expect, test } from "vitest";
import { type Clock, systemClock } from "../clock.ts";
import { ManualClock } from "../testing/world.ts";
import { ReadBarrier } from "./read-barrier.ts";

function begin(time?: Clock) {
  const clock = new ManualClock();
  const asked: (() => void)[] = [];
  let givenUp = 0;
  const driver = {
    read: (done: (index: number) => void) => {
      asked.push(() => done(1));
      return () => void (givenUp += 1);
    },
  };
  const barrier = new ReadBarrier(driver, time ?? clock, () => {});
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { clock, asked, barrier, turn, givenUp: () => givenUp };
}

test("a read whose answer is lost asks again, and gives its first question up", async () => {
  const { clock, asked, barrier, turn, givenUp } = begin();
  const passed = barrier.pass();
  clock.advance(500);
  await turn();
  expect([asked.length, givenUp(), barrier.waiting]).toEqual([2, 1, 1]);
  asked[1]?.();
  await passed;
  expect([barrier.waiting, clock.pending]).toEqual([0, 0]);
});

test("a read that nobody answers fails, and nothing of it is left", async () => {
  const { clock, asked, barrier, turn, givenUp } = begin();
  const failed = expect(barrier.pass()).rejects.toMatchObject({ code: "no-leader" });
  for (let asking = 0; asking < 10; asking += 1) {
    clock.advance(500);
    await turn();
  }
  await failed;
  expect([asked.length, givenUp(), barrier.waiting, clock.pending]).toEqual([10, 10, 0, 0]);
});

test("reads that wait are bounded", async () => {
  const { asked, barrier } = begin({ ...systemClock, after: () => ({ cancel: () => {} }) });
  const waiting = Array.from({ length: 10_000 }, () => barrier.pass());
  await expect(barrier.pass()).rejects.toMatchObject({ code: "queue-full" });
  for (const answer of asked) answer();
  await Promise.all(waiting);
  expect(barrier.waiting).toBe(0);
});
