import { expect, test } from "vitest";
import { Frames } from "./frames.ts";

const picture = (bytes: number, number = 0) => Buffer.alloc(bytes, number);

test("of too many pictures every second goes, the first and the last stay, and what comes then is as far apart", () => {
  // So many that the last one has an odd number when there is one too many.
  const frames = new Frames({ bytes: 9900, span_ms: 1_000_000 });
  for (let number = 0; number < 1000; number += 1) {
    frames.add({ time_ms: number * 10, data: picture(100, number % 256) });
    expect(frames.all().at(-1)?.time_ms).toBe(number * 10);
  }
  const times = frames.all().map(({ time_ms }) => time_ms);
  expect(times[0]).toBe(0);
  expect(times.at(-1)).toBe(9990);
  expect(times.length).toBeLessThanOrEqual(100);
  // Nothing of it is left out for long.
  const gaps = times.slice(1).map((time_ms, index) => time_ms - (times[index] ?? 0));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(9990 / 20);
});

test("what was to be seen when the span began stays, and nothing before it", () => {
  const frames = new Frames({ bytes: 10_000, span_ms: 1000 });
  for (const time_ms of [0, 100, 900, 1950, 2000]) frames.add({ time_ms, data: picture(10) });
  expect(frames.all().map(({ time_ms }) => time_ms)).toEqual([900, 1950, 2000]);
});

test("a picture that alone is too large is left out", () => {
  const frames = new Frames({ bytes: 1000, span_ms: 1000 });
  frames.add({ time_ms: 0, data: picture(251) });
  frames.add({ time_ms: 1, data: picture(250) });
  expect(frames.all()).toHaveLength(1);
});
