import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type DemandInput, type PresentSlot, demandFor } from "./demand.ts";

const second = 1000;
const idle = (count: number, pace = 1): PresentSlot[] => Array.from({ length: count }, () => ({ free_ms: 0, pace }));
const tasks = (count: number, task_ms: number) => ({ waiting_ms: Array.from({ length: count }, () => task_ms) });
const terms = { startUp_ms: 60 * second, leastSaving_ms: 10 * second };
const wanted = (input: Partial<DemandInput>) => demandFor({ ...terms, runs: [], slots: [], ...input }).wanted_slots;

test("where nothing waits nothing is wanted", () => {
  expect(demandFor({ ...terms, runs: [], slots: idle(2) })).toEqual({
    waiting_tasks: 0,
    allowed_tasks: 0,
    waiting_ms: 0,
    wanted_slots: 0,
    ends_ms: 0,
    endsWithWanted_ms: 0,
  });
  expect(wanted({ runs: [{ waiting_ms: [] }] })).toBe(0);
});

test("slots are wanted until another would save less than was said", () => {
  // Two idle slots and ten tasks of 30 s: 150 s; with slots that come after 60 s: 120, 105, and then 96.
  const input = { ...terms, runs: [tasks(10, 30 * second)], slots: idle(2) };
  expect(demandFor(input)).toMatchObject({ wanted_slots: 2, ends_ms: 150 * second, endsWithWanted_ms: 105 * second });
  expect(wanted({ ...input, leastSaving_ms: 9 * second })).toBe(3);
  expect(wanted({ ...input, leastSaving_ms: 31 * second })).toBe(0);
});

test("a slot that comes when all is done pays for nothing", () => {
  expect(wanted({ runs: [tasks(8, 10 * second)], slots: idle(2) })).toBe(0);
  expect(wanted({ runs: [tasks(8, 10 * second)], slots: idle(2), startUp_ms: 0 })).toBeGreaterThan(0);
});

test("without any slot one is wanted for however little", () => {
  expect(demandFor({ ...terms, runs: [tasks(3, 10)], slots: [] })).toMatchObject({ wanted_slots: 1, ends_ms: undefined });
});

test("no slot helps a run whose longest task takes longer than all else", () => {
  const long = { waiting_ms: [900 * second, ...tasks(20, 10 * second).waiting_ms] };
  expect(wanted({ runs: [long], slots: idle(2) })).toBe(0);
  // The run behind it is not held up by that one task, and its end counts for itself.
  expect(wanted({ runs: [long, tasks(60, 30 * second)], slots: idle(2) })).toBeGreaterThan(3);
});

test("tasks that idle slots are about to take want no other", () => {
  expect(wanted({ runs: [tasks(3, 600 * second)], slots: idle(3) })).toBe(0);
  expect(wanted({ runs: [tasks(4, 600 * second)], slots: idle(3) })).toBe(1);
});

test("busy slots count from when they are free, slow ones for as much as they do", () => {
  const runs = [tasks(10, 30 * second)];
  expect(demandFor({ ...terms, runs, slots: [...idle(1), { free_ms: 100 * second, pace: 1 }] }).ends_ms).toBe(200 * second);
  // By the time the other is free all is done.
  expect(demandFor({ ...terms, runs, slots: [...idle(1), { free_ms: 400 * second, pace: 1 }] }).ends_ms).toBe(300 * second);
  expect(demandFor({ ...terms, runs, slots: idle(2, 2) }).ends_ms).toBe(300 * second);
  expect(wanted({ runs, slots: idle(2, 2) })).toBeGreaterThan(wanted({ runs, slots: idle(2) }));
});

test("no slot is wanted for what quotas keep from running, of all runs of a project together", () => {
  const quota = (project: string, left: number) => ({ quota: { project, left } });
  const long = tasks(50, 600 * second);
  expect(wanted({ runs: [long], slots: idle(1) })).toBeGreaterThan(10);
  expect(wanted({ runs: [{ ...long, ...quota("shop", 0) }], slots: idle(1) })).toBe(0);
  expect(wanted({ runs: [{ ...long, ...quota("shop", 4) }], slots: idle(1) })).toBe(3);
  const both = [
    { ...long, ...quota("shop", 4) },
    { ...long, ...quota("shop", 4) },
  ];
  expect(demandFor({ ...terms, runs: both, slots: idle(1) })).toMatchObject({
    waiting_tasks: 100,
    allowed_tasks: 4,
    wanted_slots: 3,
  });
  expect(wanted({ runs: [...both, tasks(2, 600 * second)], slots: idle(1) })).toBe(5);
});

const duration = fc.integer({ min: 1, max: 900 * second });
const run = fc.array(duration, { maxLength: 40 }).map((waiting_ms) => ({ waiting_ms }));
const slot = fc.record({ free_ms: fc.oneof(fc.constant(0), duration), pace: fc.constantFrom(0.5, 1, 2) });
const input = fc.record({
  runs: fc.array(run, { maxLength: 6 }),
  slots: fc.array(slot, { maxLength: 12 }),
  startUp_ms: fc.integer({ min: 0, max: 300 * second }),
  leastSaving_ms: fc.integer({ min: 1, max: 60 * second }),
  pace: fc.constantFrom(0.5, 1, 2),
});

test("never more than the tasks that wait, none for none, and some where there is no slot", () => {
  fc.assert(
    fc.property(input, (given) => {
      const { wanted_slots, waiting_tasks, ends_ms, endsWithWanted_ms } = demandFor(given);
      expect(waiting_tasks).toBe(given.runs.flatMap(({ waiting_ms }) => waiting_ms).length);
      expect(wanted_slots).toBeLessThanOrEqual(waiting_tasks);
      if (waiting_tasks > 0 && given.slots.length === 0) expect(wanted_slots).toBeGreaterThan(0);
      if (ends_ms !== undefined && endsWithWanted_ms !== undefined) expect(endsWithWanted_ms).toBeLessThanOrEqual(ends_ms + 1e-6);
    }),
  );
});

test("runs behind the others never make it smaller", () => {
  fc.assert(
    fc.property(input, run, (given, more) => {
      expect(wanted({ ...given, runs: [...given.runs, more] })).toBeGreaterThanOrEqual(wanted(given));
    }),
  );
});

test("where slots are alike and free, more work never makes it smaller, nor do more slots make it larger", () => {
  fc.assert(
    fc.property(input, fc.nat(40), fc.nat(5), (given, count, index) => {
      const free = { ...given, pace: 1, slots: idle(given.slots.length + 1) };
      const at = given.runs.length === 0 ? 0 : index % given.runs.length;
      const grown = given.runs.map(({ waiting_ms }, place) => {
        const longest_ms = Math.max(...waiting_ms, 0);
        return place === at && waiting_ms.length > 0
          ? { waiting_ms: [...waiting_ms, ...tasks(count, longest_ms).waiting_ms] }
          : { waiting_ms };
      });
      const base = wanted(free);
      expect(wanted({ ...free, runs: grown })).toBeGreaterThanOrEqual(base);
      expect(wanted({ ...free, slots: [...free.slots, ...idle(1)] })).toBeLessThanOrEqual(base);
    }),
  );
});

test("no slot is wanted that comes when all is done", () => {
  fc.assert(
    fc.property(input, (given) => {
      const { ends_ms, wanted_slots } = demandFor({ ...given, startUp_ms: 1e12 });
      if (given.slots.length > 0) expect({ ends: ends_ms !== undefined, wanted_slots }).toEqual({ ends: true, wanted_slots: 0 });
    }),
  );
});

test("the moment all is done is the one by which the slots can have done it", () => {
  fc.assert(
    fc.property(input, (given) => {
      const { ends_ms, waiting_ms, waiting_tasks } = demandFor(given);
      if (ends_ms === undefined || waiting_tasks === 0) return;
      const capacity = given.slots.reduce((sum, { free_ms, pace }) => sum + Math.max(0, ends_ms - free_ms) / pace, 0);
      expect(capacity).toBeGreaterThanOrEqual(waiting_ms * (1 - 1e-9) - 1e-6);
    }),
  );
});
