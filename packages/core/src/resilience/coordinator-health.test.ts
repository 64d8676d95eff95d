import { expect, test } from "vitest";
import type { Readings } from "../model/coordinator-health.ts";
import { type LeaderLook, type Unease, coordinatorHealthOf, judgeLeader, leaderTerms } from "./coordinator-health.ts";

const gibibyte = 1024 ** 3;
const readings: Readings = {
  version: 1,
  disk: { free_bytes: 50 * gibibyte, size_bytes: 100 * gibibyte },
  memory_mib: 4000,
  loop_delay_ms: 3,
  sync_ms: 2,
  repairs: 0,
  is_lacking: false,
};
const sound = { readings, peers_ms: 2, phi: 0, lag: 0 };

function costsOf(input: Parameters<typeof coordinatorHealthOf>[0]): Record<string, number> {
  const { terms } = coordinatorHealthOf(input);
  return Object.fromEntries(terms.filter(({ cost }) => cost > 0).map(({ name, cost }) => [name, cost]));
}

test("a coordinator that nothing is wrong with has all hundred points, and so has one that says nothing", () => {
  expect(coordinatorHealthOf(sound).score).toBe(100);
  expect(coordinatorHealthOf({ ...sound, readings: undefined, peers_ms: undefined }).score).toBe(100);
});

test.each([
  ["its disk, beside the others'", { ...sound, readings: { ...readings, sync_ms: 60 } }, { disk: 17.5 }],
  ["nothing where all disks are slow", { ...sound, readings: { ...readings, sync_ms: 60 }, peers_ms: 50 }, {}],
  ["a disk that does not answer", { ...sound, readings: { ...readings, stalled_ms: 5000 } }, { disk: 35 }],
  ["an event loop that is late", { ...sound, readings: { ...readings, loop_delay_ms: 225 } }, { loop: 17.5 }],
  ["memory that is short", { ...sound, readings: { ...readings, memory_mib: 144 } }, { resources: 17.5 }],
  ["a full disk", { ...sound, readings: { ...readings, disk: { ...readings.disk, free_bytes: 0 } } }, { resources: 35 }],
  ["heartbeats that are late", { ...sound, phi: 4.5 }, { heartbeat: 17.5 }],
  ["entries that it lacks", { ...sound, lag: 10_500 }, { lag: 12.5 }],
  ["repairs", { ...sound, readings: { ...readings, repairs: 1 } }, { repairs: 5 }],
  ["lost entries", { ...sound, readings: { ...readings, is_lacking: true } }, { repairs: 15 }],
])("what costs points: %s", (_, input, costs) => expect(costsOf(input)).toEqual(costs));

const terms = { ...leaderTerms, threshold: 70 };
const look: LeaderLook = {
  own: 60,
  others: [
    { id: "b", score: 95, isFit: true },
    { id: "c", score: 100, isFit: true },
  ],
  handedOver_ms: Number.POSITIVE_INFINITY,
  now_ms: 0,
};

/** Looks every second until it hands over. @returns when and to whom */
function untilHandover(change: (at_ms: number) => Partial<LeaderLook>, limit_ms = 60_000): [number, string] | undefined {
  let unease: Unease | undefined;
  for (let now_ms = 0; now_ms <= limit_ms; now_ms += 1000) {
    const judged = judgeLeader(unease, { ...look, now_ms, ...change(now_ms) }, terms);
    if (judged.handOverTo !== undefined) return [now_ms, judged.handOverTo];
    unease = judged.unease;
  }
  return undefined;
}

test("a leader that stays unwell hands over, once that has lasted, to the best one that can lead", () => {
  expect(untilHandover(() => ({}))).toEqual([10_000, "c"]);
  expect(
    untilHandover(() => ({
      others: [
        { id: "b", score: 95, isFit: true },
        { id: "c", score: 100, isFit: false },
      ],
    })),
  ).toEqual([10_000, "b"]);
});

test.each<[string, (at_ms: number) => Partial<LeaderLook>]>([
  ["it is well", () => ({ own: 70 })],
  ["it is unwell now and then", (at_ms) => ({ own: at_ms % 9000 === 0 ? 71 : 40 })],
  ["nobody can lead in its place", () => ({ others: [{ id: "b", score: 100, isFit: false }] })],
  ["the others are no better", () => ({ own: 60, others: [{ id: "b", score: 74, isFit: true }] })],
  ["the others are not well either", () => ({ own: 30, others: [{ id: "b", score: 69, isFit: true }] })],
  ["leadership was handed over a moment ago", (at_ms) => ({ handedOver_ms: at_ms })],
])("it does not hand over while %s", (_, change) => expect(untilHandover(change)).toBeUndefined());

test("however scores change, there is no second handover before its time", () => {
  let seed = 7;
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  let unease: Unease | undefined;
  let last_ms = Number.NEGATIVE_INFINITY;
  let count = 0;
  for (let now_ms = 0; now_ms < 10 * 3_600_000; now_ms += 2000) {
    const others = ["b", "c"].map((id) => ({ id, score: 60 + 40 * random(), isFit: random() < 0.9 }));
    const judged = judgeLeader(
      unease,
      { own: 60 * random(), others, handedOver_ms: now_ms - last_ms, now_ms },
      { ...terms, sustained_ms: 2000 },
    );
    unease = judged.unease;
    if (judged.handOverTo === undefined) continue;
    expect(now_ms - last_ms).toBeGreaterThanOrEqual(terms.again_ms);
    last_ms = now_ms;
    count += 1;
  }
  expect(count).toBeGreaterThan(30);
});

test("a threshold of 0 turns it off", () => {
  expect(judgeLeader({ since_ms: -1e9, to: "c" }, { ...look, own: 0 }, { ...terms, threshold: 0 }).handOverTo).toBeUndefined();
});
