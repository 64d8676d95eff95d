import { expect, test } from "vitest";
import { type BisectionAnswer, type BisectionOptions, type BisectionStep, searchChange } from "./bisection.ts";
import { measuredValue } from "./measured-value.ts";
import { seededRandom } from "./seeded.test-data.ts";
import { measuringTurns } from "./turns.ts";

interface History {
  readonly level: (commit: number) => number;
  readonly broken?: readonly number[];
  readonly noise?: number;
  readonly seed?: number;
}

function play(last: number, { level, broken = [], noise = 0.02, seed = 1 }: History, options: BisectionOptions = {}) {
  const { normal } = seededRandom(seed);
  const told: BisectionStep[] = [];
  let runs = 0;
  const search = searchChange(last, { ...options, onStep: (step) => told.push(step) });
  for (let next = search.next(); ;) {
    if (next.done === true) return { ...next.value, runs, told };
    const { commits, times } = next.value;
    const answer: BisectionAnswer = commits.map((commit) => {
      if (broken.includes(commit)) return { problem: "does not build" };
      runs += times;
      return Array.from({ length: times }, () => ({ value: level(commit) * (1 + noise * normal()), machine: "m" }));
    });
    next = search.next(answer);
  }
}

test("the commit of a planted change is found wherever it is, by measuring few of them", () => {
  for (let planted = 1; planted <= 40; planted += 1) {
    const { kind, suspects, steps, runs } = play(40, { level: (commit) => (commit < planted ? 100 : 120), seed: planted });
    expect([kind, suspects], `planted at ${planted}`).toEqual(["found", [planted]]);
    expect(steps.length).toBeLessThanOrEqual(6);
    expect(runs).toBeLessThanOrEqual(12 + 18 * 6);
  }
});

test("without a difference between the ends it says so, and in noise that hides it, that it does not know", () => {
  expect(play(40, { level: () => 100, noise: 0.005 })).toMatchObject({ kind: "same", suspects: [], runs: 12 });
  expect(play(40, { level: (commit) => (commit < 9 ? 100 : 103), noise: 0.3, seed: 4 })).toMatchObject({
    kind: "unknown",
    runs: 48,
  });
  expect(play(40, { level: () => 100, noise: 0.3, seed: 4 }, { repeat: 6 })).toMatchObject({ kind: "unknown", runs: 12 });
});

test("commits that cannot be measured are skipped, and those that cannot be told apart are all suspects", () => {
  const level = (commit: number) => (commit < 21 ? 100 : 120);
  const around = play(40, { level, broken: [19, 20, 22] });
  expect(around).toMatchObject({ kind: "suspects", suspects: [19, 20, 21] });
  expect(play(40, { level, broken: [5, 30] })).toMatchObject({ kind: "found", suspects: [21] });
  expect(play(40, { level, broken: [20] }).told[0]).toEqual({ commit: 20, side: "skipped", problem: "does not build" });
  expect(play(2, { level: (commit) => 100 + 10 * commit, broken: [1] })).toMatchObject({ kind: "suspects", suspects: [1, 2] });
  expect(play(40, { level, broken: [40] })).toMatchObject({ kind: "unmeasurable", problem: "does not build" });
});

test("of two changes the larger one is followed, and what lies between the sides is said", () => {
  const { suspects, told } = play(40, { level: (commit) => (commit < 10 ? 100 : commit < 20 ? 120 : 150), noise: 0.01 });
  expect(suspects).toEqual([20]);
  const small = play(40, { level: (commit) => (commit < 20 ? 100 : commit < 30 ? 120 : 150), noise: 0.01 });
  expect(small.suspects).toEqual([30]);
  expect([...told, ...small.told].some(({ isBetween }) => isBetween === true)).toBe(true);
});

test("turns go to and fro", () => {
  expect(measuringTurns(3, 3)).toEqual([0, 1, 2, 2, 1, 0, 0, 1, 2]);
});

test("a value is read as it becomes a point, or it is said why there is none", () => {
  const latency = { name: "latency", value: 7, unit: "ms", better: "lower" as const };
  const adds = { path: ["cart", "adds"], ordinal: 0, status: "passed" as const, duration_ms: 12, retries: 0, metrics: [latency] };
  const attempt = {
    status: "passed",
    duration_ms: 90,
    cases: [adds],
    metrics: [{ ...latency, value: 9, dimensions: { browser: "firefox" } }],
  };
  const what = { case: "cart > adds", name: "duration", unit: "ms", dimensions: {} };
  expect(measuredValue(attempt, what)).toEqual({ value: 12 });
  expect(measuredValue(attempt, { ...what, name: "latency" })).toEqual({ value: 7 });
  expect(measuredValue(attempt, { ...what, case: "", name: "latency", dimensions: { browser: "firefox" } })).toEqual({
    value: 9,
  });
  expect(measuredValue(attempt, { ...what, case: "" })).toEqual({ value: 90 });
  expect(measuredValue(attempt, { ...what, name: "memory" })).toEqual({ problem: "the test did not measure memory" });
  expect(measuredValue(attempt, { ...what, case: "gone" })).toEqual({ problem: "it has no test “gone”" });
  expect(measuredValue({ ...attempt, cases: [{ ...adds, retries: 1 }] }, what)).toEqual({
    problem: "the test passed only when it was tried again",
  });
  const failure = { kind: "setup-error", message: "npm ci failed" };
  expect(measuredValue({ ...attempt, status: "errored", cases: [], failure }, what)).toEqual({ problem: "npm ci failed" });
});
