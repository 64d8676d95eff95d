import { expect, test } from "vitest";
import { parameterDefinitions, within } from "./parameters.ts";
import { emptyTally, sumOf, type Tally } from "./tally.ts";

const definitions = parameterDefinitions({
  "batch-length": 2,
  "lease-time": 15,
  "reconnect-time": 2,
  concurrency: 1,
  "retry-budget": 0.2,
});
const seen = (fields: Partial<Tally>): Tally => ({ ...emptyTally, ...fields });

test("nothing is proposed where little was seen, or nothing is wrong", () => {
  const well = seen({
    tasks: 1000,
    leases: 300,
    runs: 10,
    open_ms: 1e6,
    least_ms: 1e6,
    tests_ms: 1e7,
    overhead_ms: 2e5,
    beats: 500,
  });
  for (const definition of Object.values(definitions)) {
    expect(definition.propose(emptyTally, definition.default)).toBeUndefined();
    expect(definition.propose(well, definition.default)).toBeUndefined();
  }
});

test("longer batches are proposed where handing them out costs much, and tests are short enough to be handed out together", () => {
  const { propose } = definitions["batch-length"];
  const costly = { tasks: 100, leases: 100, tests_ms: 20_000, overhead_ms: 5000 };
  expect(propose(seen(costly), 2)).toEqual({ to: 4, reason: "20 % of the slot time went into handing out 100 leases" });
  expect(propose(seen({ ...costly, tests_ms: 2_000_000, overhead_ms: 500_000 }), 2)).toBeUndefined();
  expect(propose(seen({ ...costly, overhead_ms: 100 }), 8)).toMatchObject({ to: 4 });
  expect(propose(seen({ ...costly, overhead_ms: 100 }), 2)).toBeUndefined();
});

test("more patience is proposed where workers were given up that were there, and less, down to the default, where none was", () => {
  const lease = definitions["lease-time"];
  const grace = definitions["reconnect-time"];
  const wrong = seen({ lost_silent: 3, false_silent: 2 });
  expect(lease.propose(wrong, 15)).toEqual({
    to: 30,
    reason: "2 of 3 workers that were given up for being silent were there all the time",
  });
  expect(grace.propose(wrong, 2)).toBeUndefined();
  expect(grace.propose(seen({ lost_cut: 2, false_cut: 2 }), 2)).toMatchObject({ to: 4 });
  const right = seen({ lost_silent: 4 });
  expect(lease.propose(right, 60)).toMatchObject({ to: 30 });
  expect(lease.propose(right, 15)).toBeUndefined();
});

test("fewer slots are proposed where memory is short or tests crowd each other, more again where neither is", () => {
  const { propose } = definitions.concurrency;
  expect(propose(seen({ beats: 100, beats_short: 30 }), 1)).toMatchObject({ to: 0.75 });
  const crowded = { crowded: 40, crowded_log: 40 * Math.log(2), roomy: 20, roomy_log: 0 };
  expect(propose(seen(crowded), 1)).toEqual({
    to: 0.75,
    reason: "tests took 2.0 times as long on workers that were full as on those that were not",
  });
  expect(propose(seen({ beats: 100 }), 0.5)).toMatchObject({ to: 0.75 });
  expect(propose(seen({ beats: 100 }), 1)).toBeUndefined();
});

test("more retries are proposed where they help and run out, fewer where they run out for nothing", () => {
  const { propose, cost } = definitions["retry-budget"];
  const helped = seen({ tests_ms: 1e6, runs: 4, retries: 40, retries_passed: 38, given_up: 9, runs_spent: 3 });
  expect(propose(helped, 0.2)).toMatchObject({ to: expect.closeTo(0.3, 6) });
  const wasted = seen({ tests_ms: 1e6, runs: 4, retries: 40, retries_failed_ms: 2e5, given_up: 90, runs_spent: 2 });
  expect(propose(wasted, 0.2)).toMatchObject({ to: expect.closeTo(0.1333, 3) });
  expect(propose(seen({ ...helped, given_up: 0, runs_spent: 0 }), 0.2)).toBeUndefined();
  // A run that fails only for want of retries is run again; one whose retries never pass is not.
  expect(cost(helped)).toBeCloseTo(1.75, 2);
  expect(cost(wasted)).toBeLessThan(1.6);
  expect(cost(seen({ ...helped, given_up: 0, runs_spent: 0 }))).toBe(1);
});

test("costs do not depend on what the work consisted of", () => {
  const block = seen({
    tasks: 50,
    open_ms: 3000,
    least_ms: 2500,
    tests_ms: 9000,
    known_ms: 8000,
    expected_ms: 4000,
    thrown_ms: 900,
  });
  const twice = sumOf([block, block]);
  for (const { cost } of Object.values(definitions)) expect(cost(twice)).toBe(cost(block));
  expect(definitions["batch-length"].cost(block)).toBe(1.2);
  expect(definitions.concurrency.cost(block)).toBe(2.4);
  expect(definitions["lease-time"].cost(block)).toBe(1.1);
  for (const { cost } of Object.values(definitions)) expect(cost(emptyTally)).toBeUndefined();
});

test("whatever a coordinator is started with lies within the bounds", () => {
  const odd = parameterDefinitions({
    "batch-length": 100,
    "lease-time": 0.2,
    "reconnect-time": 90,
    concurrency: 1,
    "retry-budget": 0.9,
  });
  for (const definition of Object.values(odd)) expect(within(definition, definition.default)).toBe(definition.default);
  expect([within(odd["lease-time"], 99), within(odd["lease-time"], 0)]).toEqual([1.6, 0.2]);
});
