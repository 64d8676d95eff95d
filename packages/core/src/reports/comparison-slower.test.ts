import { expect, test } from "vitest";
import { findSlower } from "./comparison-slower.ts";
import { seeded } from "./seeded.test-data.ts";

interface World {
  readonly tests: number;
  readonly runs: number;
  readonly noise: (random: () => number) => number;
}

function gauss(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Durations from 20 ms to 4 s, on machines that differ by a fifth from run to run. */
function series({ tests, runs, noise }: World, random: () => number) {
  const paces = Array.from({ length: runs + 1 }, () => 0.2 * gauss(random));
  return Array.from({ length: tests }, (_, index) => {
    const usual_ms = 20 * 200 ** random();
    const durations = paces.map((pace) => usual_ms * Math.exp(pace + noise(random)));
    return { test: index, usual_ms, head_ms: durations[0] ?? 0, base_ms: durations.slice(1) };
  });
}

test("a test that takes twice as long is found, by its name and with what is usual", () => {
  const random = seeded(3);
  const all = series({ tests: 300, runs: 10, noise: (draw) => 0.1 * gauss(draw) }, random);
  const victim = all.findIndex(({ usual_ms }) => usual_ms > 500);
  const changed = all.map((one, index) => (index === victim ? { ...one, head_ms: 2.5 * one.head_ms } : one));
  const { slower } = findSlower(changed);
  expect(slower.map((one) => one.test)).toEqual([victim]);
  const { usual_ms = 0 } = all[victim] ?? {};
  expect(slower[0]?.usual_ms).toBeGreaterThan(usual_ms * 0.7);
  expect(slower[0]?.usual_ms).toBeLessThan(usual_ms * 1.4);
});

test("a whole run on a slow machine makes no test slow, and is said", () => {
  const all = series({ tests: 300, runs: 10, noise: (draw) => 0.1 * gauss(draw) }, seeded(4));
  const { slower, pace } = findSlower(all.map((one) => ({ ...one, head_ms: 3 * one.head_ms })));
  expect(slower).toEqual([]);
  expect(pace).toBeGreaterThan(2);
});

test("with fewer than five durations, or by less than a tenth of a second, nothing is slow", () => {
  expect(findSlower([{ test: "a", head_ms: 9000, base_ms: [100, 101, 99, 100] }]).slower).toEqual([]);
  expect(findSlower([{ test: "a", head_ms: 90, base_ms: [5, 5, 5, 5, 5, 5] }]).slower).toEqual([]);
  expect(findSlower([{ test: "a", head_ms: 9000, base_ms: [100, 101, 99, 100, 100] }]).slower).toHaveLength(1);
});

test.each([
  ["normal noise", (draw: () => number) => 0.1 * gauss(draw)],
  ["heavy noise", (draw: () => number) => 0.3 * gauss(draw)],
  ["spikes", (draw: () => number) => 0.1 * gauss(draw) + (draw() < 0.01 ? Math.log(3) : 0)],
  ["two modes", (draw: () => number) => 0.05 * gauss(draw) + (draw() < 0.3 ? Math.log(2) : 0)],
])("in runs without a change, %s raises an alarm in no more than one run of K+1", (_name, noise) => {
  const random = seeded(11);
  const rounds = 60;
  let alarms = 0;
  for (let round = 0; round < rounds; round += 1)
    if (findSlower(series({ tests: 150, runs: 10, noise }, random)).slower.length > 0) alarms += 1;
  // One in eleven, and three standard deviations of so few rounds.
  expect(alarms).toBeLessThanOrEqual(Math.ceil(rounds / 11 + 3 * Math.sqrt((rounds * 10) / 121)));
});
