import { expect, test } from "vitest";
import { costOf } from "./cost.ts";

const attempt = (
  task: number,
  duration_ms: number,
  status: "passed" | "failed" | "lost" | "released" = "passed",
  leased_at_ms = 1000,
) => ({
  task,
  duration_ms,
  worker: "w-1",
  status,
  leased_at_ms,
  ended_at_ms: leased_at_ms + duration_ms,
});
const worker = (slots: number, registered_at_ms: number, gone_at_ms: number | null = null, id = "w-1") => ({
  id,
  status: gone_at_ms === null ? ("live" as const) : ("left" as const),
  slots,
  registered_at_ms,
  gone_at_ms,
});

test("the ideal is the even share of the work, or the longest task", () => {
  const workers = [worker(1, 0), worker(1, 0)];
  const row = { opened_at_ms: 1000 };
  expect(costOf({ row, attempts: [attempt(0, 300), attempt(1, 300), attempt(2, 400)], workers, ended_at_ms: 1700 })).toEqual({
    makespan_ms: 700,
    ideal_ms: 500,
    test_time_ms: 1000,
    slots: 2,
  });
  expect(costOf({ row, attempts: [attempt(0, 900), attempt(1, 100)], workers, ended_at_ms: 2000 }).ideal_ms).toBe(900);
});

test("work that was done twice is test time, but not part of the ideal", () => {
  const attempts = [attempt(0, 200, "lost"), attempt(0, 600), attempt(1, 50, "released"), attempt(1, 400)];
  const cost = costOf({ row: { opened_at_ms: 1000 }, attempts, workers: [worker(2, 0)], ended_at_ms: 2000 });
  expect(cost).toMatchObject({ ideal_ms: 600, test_time_ms: 1250 });
});

test("a worker that replaces a lost one adds no slot, and an earlier opening of the run no cost", () => {
  const workers = [worker(1, 0), worker(1, 0, 1500), worker(1, 1500)];
  const attempts = [attempt(0, 5000, "passed", 10), attempt(1, 100)];
  expect(costOf({ row: { opened_at_ms: 1000 }, attempts, workers, ended_at_ms: 1200 })).toEqual({
    makespan_ms: 200,
    ideal_ms: 100,
    test_time_ms: 100,
    slots: 2,
  });
});

test("without a worker there is no ideal", () => {
  expect(costOf({ row: { opened_at_ms: 0 }, attempts: [], workers: [], ended_at_ms: 10 })).toMatchObject({
    ideal_ms: 0,
    slots: 0,
  });
});

test("a worker's loss is noticed late: its slot is not counted beside its replacement's", () => {
  const lost = { ...worker(1, 0, 5000, "w-2"), status: "lost" as const };
  const attempts = [attempt(0, 100), { ...attempt(1, 3000, "lost"), worker: "w-2" }];
  const workers = [worker(1, 0), lost, worker(1, 2000, null, "w-3")];
  expect(costOf({ row: { opened_at_ms: 0 }, attempts, workers, ended_at_ms: 9000 }).slots).toBe(2);
});
