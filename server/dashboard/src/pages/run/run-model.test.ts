import type { RunEvent } from "@shardwright/core";
import { expect, test } from "vitest";
import { RunModel, progressOf } from "./run-model.ts";
import { sampleChart } from "./sample-chart.test-data.ts";

const workers = ["one", "two"];
const at = (since_ms: number) => ({ position: since_ms, at_ms: 1000 + since_ms });

function leased(since_ms: number, worker: number, task: number, attempt: number, isDuplicate = false): RunEvent {
  const tasks = [{ task, attempt, file: "", ...(isDuplicate && { duplicate: true as const }) }];
  return {
    type: "leased",
    ...at(since_ms),
    worker: `w-000000000000000${worker}`,
    worker_name: workers[worker] ?? "three",
    tasks,
  };
}

type Ended = Extract<RunEvent, { type: "attempt" }>;

function ended(since_ms: number, task: number, attempt: number, outcome: Ended["outcome"], duration_ms = 100): RunEvent {
  const task_status = outcome === "passed" || outcome === "superseded" ? "passed" : "pending";
  return { type: "attempt", ...at(since_ms), task, attempt, file: "", outcome, task_status, duration_ms };
}

/** A worker is lost, its task runs elsewhere, fails, and passes; another one is begun twice. */
const history: readonly RunEvent[] = [
  leased(0, 0, 0, 1),
  leased(0, 1, 1, 1),
  ended(300, 0, 1, "lost", 300),
  leased(310, 1, 0, 2),
  ended(500, 0, 2, "failed", 150),
  leased(510, 1, 0, 3),
  ended(700, 0, 3, "passed", 150),
  leased(710, 2, 1, 2, true),
  ended(900, 1, 2, "passed", 180),
  ended(900, 1, 1, "superseded", 900),
];

const rows = (model: RunModel) =>
  [...model.attempts].map(({ task, attempt, worker, start_ms, end_ms, outcome, cause }) => [
    task,
    attempt,
    model.workers[worker],
    start_ms,
    end_ms,
    outcome,
    cause,
  ]);

const expected = [
  [0, 1, "one", 0, 300, "lost", "first"],
  [1, 1, "two", 0, 900, "superseded", "first"],
  [0, 2, "two", 350, 500, "failed", "migrated"],
  [0, 3, "two", 550, 700, "passed", "retry"],
  [1, 2, "three", 720, 900, "passed", "duplicate"],
];

const empty = () => new RunModel(sampleChart(workers, []));

test("events tell who ran what when and why again, and a worker that nobody knew is taken in", () => {
  const model = empty();
  for (const event of history) expect(model.apply(event)).toBe(false);
  expect(rows(model)).toEqual(expected);
  expect(model.statuses).toEqual(["passed", "passed", "pending"]);
  expect(model.attemptsOf(0).map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
});

test("an event that is told once more changes nothing, whatever came after it", () => {
  const model = empty();
  for (const [last, event] of history.entries()) {
    model.apply(event);
    const before = [rows(model), [...model.statuses], [...model.workers]];
    for (const told of history.slice(0, last + 1)) {
      expect(model.apply(told)).toBe(false);
      expect([rows(model), model.statuses, model.workers], `${JSON.stringify(told)} after ${last}`).toEqual(before);
    }
  }
});

test("a picture that knows some events already comes to the same with all of them", () => {
  const chart = sampleChart(workers, [
    [0, 1, 0, 0, 300, "lost"],
    [0, 2, 1, 310, -1, "running", "migrated"],
    [1, 1, 1, 0, -1, "running"],
  ]);
  chart.tasks.status.splice(0, 2, "leased", "leased");
  const model = new RunModel(chart);
  for (const event of history) model.apply(event);
  expect(rows(model)).toEqual(expect.arrayContaining(expected));
  expect(model.attemptCount).toBe(expected.length);
  expect(model.statuses).toEqual(["passed", "passed", "pending"]);
});

test("what an event does not say has to be asked for: an end whose beginning was missed, and all that is of many tasks", () => {
  const model = empty();
  expect(model.apply(ended(300, 0, 1, "passed"))).toBe(true);
  expect(model.attemptCount).toBe(0);
  expect(model.apply({ type: "notice", ...at(1), code: "worker-lost", message: "" })).toBe(true);
  expect(model.apply({ type: "reopened", ...at(1), tasks: 1, reason: "" })).toBe(true);
  expect(model.apply({ type: "settled", ...at(1), tasks: 1, status: "cancelled", reason: "" })).toBe(true);
  expect(model.apply({ type: "cases", ...at(1), task: 0, attempt: 1, counts: {} })).toBe(false);
});

test("how far a run is counts tasks, not attempts, and foretells nothing of too little", () => {
  const model = empty();
  for (const event of history.slice(0, 4)) model.apply(event);
  expect(progressOf(model)).toMatchObject({ total: 3, done: 0, running: 2, left_ms: undefined });
  for (const event of history.slice(4)) model.apply(event);
  expect(progressOf(model)).toMatchObject({ total: 3, done: 2, running: 0, left_ms: undefined });
  model.apply(leased(910, 1, 2, 1));
  // Five attempts took 1680 ms together.
  expect(progressOf(model)).toMatchObject({ running: 1, left_ms: 1680 / 5 });
});
