import { expect, test } from "vitest";
import { PeakMemory } from "./peak-memory.ts";

const dimensions = { browser: "chromium", version: "156" };

test("the most that was seen is told, whatever was seen after it", async () => {
  const seen = [300, 700, undefined, 500];
  const memory = new PeakMemory({ dimensions, pid: 1, isQuiet: true, measure: () => Promise.resolve(seen.shift()) });
  for (let turn = 0; turn < 4; turn += 1) await memory.look();
  expect(seen).toEqual([]);
  expect(memory.metric(true)).toEqual({
    name: "memory.processes",
    value: 700,
    unit: "bytes",
    better: "lower",
    dimensions,
  });
  memory.noteAdapter(true);
  expect(memory.metric(true)?.dimensions).toEqual({ ...dimensions, adapter: "software" });
  expect(memory.metric(false)).toMatchObject({ partial: true });
});

test("where nobody tells, or the process is not known, there is nothing", async () => {
  for (const [pid, measure] of [
    [1, () => Promise.resolve(undefined)],
    [1, () => Promise.reject(new Error("it is gone"))],
    [undefined, () => Promise.resolve(5)],
  ] as const) {
    const memory = new PeakMemory({ dimensions, pid, isQuiet: true, measure });
    await memory.look();
    expect(memory.metric(true)).toBeUndefined();
  }
});

test("a look that is asked for begins after the one that was under way", async () => {
  const begun: (() => void)[] = [];
  let bytes = 100;
  const measure = () => {
    const value = bytes;
    return new Promise<number>((resolve) => begun.push(() => resolve(value)));
  };
  const memory = new PeakMemory({ dimensions, pid: 1, isQuiet: true, measure });
  const before = memory.look();
  await Promise.resolve();
  bytes = 200;
  const asked = memory.look();
  begun[0]?.();
  await before;
  await expect.poll(() => begun.length, { timeout: 20_000 }).toBe(2);
  begun[1]?.();
  await asked;
  expect(memory.metric(true)?.value).toBe(200);
});
