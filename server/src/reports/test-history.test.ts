import type { Lease, TestHistory } from "@shardwright/core";
import { expect, test } from "vitest";
import { Coordinators, call, newWorker } from "../testing/coordinators.ts";
import { eventsOf, submissionOf } from "../testing/world.ts";

type At = Parameters<typeof call>[0];
const context = { commit: "c0ffee", branch: "main", provider: "github" };

/** Plays a run of one file: as often as it is dealt, with the next of these outcomes. */
async function play(
  at: At,
  worker: string,
  run_key: string,
  outcomes: ("passed" | "failed")[],
  branch = "main",
): Promise<string> {
  const { body } = await call(
    at,
    "POST",
    "/api/v1/runs",
    submissionOf(["a.test.js"], { run_key, context: { ...context, branch } }),
  );
  for (const outcome of outcomes) {
    const asked = await call(at, "POST", `/api/v1/workers/${worker}/leases`, { slots: 1, wait_ms: 10_000 });
    const [lease] = asked.body.leases as Lease[];
    if (lease === undefined) throw new Error("nothing was dealt");
    await call(at, "POST", `/api/v1/workers/${worker}/results`, { events: eventsOf(lease, 0, outcome) });
  }
  return body.run as string;
}

test("a test's history has its attempts over the runs, how probable it is that it flips, and its quarantine", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const worker = await newWorker(coordinator);
  await play(coordinator, worker, "one", ["passed"]);
  const flipped = await play(coordinator, worker, "two", ["failed", "passed"]);
  await play(coordinator, worker, "three", ["passed"], "fix");
  const entry = { test: "a.test.js", owner: "ada", reason: "#1", expires_at_ms: Date.now() + 86_400_000 };
  await call(coordinator, "PUT", "/api/v1/quarantine", entry);
  const historyOf = async (query: string) =>
    (await call(coordinator, "GET", `/api/v1/tests/history?key=unit:a.test.js${query}`)).body as TestHistory;

  const ofCase = await historyOf("&case=works");
  expect(ofCase).toMatchObject({ file: "a.test.js", case: "works", quarantine: { owner: "ada" }, cases: [] });
  expect(ofCase.attempts.map(({ run_key, attempt, status }) => [run_key, attempt, status])).toEqual([
    ["three", 1, "passed"],
    ["two", 2, "passed"],
    ["two", 1, "failed"],
    ["one", 1, "passed"],
  ]);
  expect(ofCase.attempts[2]).toMatchObject({
    run: flipped,
    commit: "c0ffee",
    branch: "main",
    worker: "one",
    duration_ms: 5,
    hardware_class: "linux-x64-2cpu",
  });
  expect(ofCase.flakiness).toMatchObject({ flips: 1, observations: 3 });
  expect(ofCase.flakiness?.last_flip_ms).toBeGreaterThan(0);

  const ofFile = await historyOf("");
  expect(ofFile.attempts.map(({ duration_ms }) => duration_ms)).toEqual([100, 100, 100, 100]);
  expect(ofFile.attempts[2]).toMatchObject({ status: "failed", message: "1 is not 2" });
  expect(ofFile.cases).toEqual([{ name: "works", status: "passed", duration_ms: 5 }]);
  expect(ofFile).not.toHaveProperty("flakiness");
  expect((await historyOf("&branch=fix")).attempts).toHaveLength(1);

  const page = await historyOf("&case=works&limit=1");
  expect(page.attempts.map(({ run_key }) => run_key)).toEqual(["three"]);
  const rest = await historyOf(`&case=works&limit=5&before=${page.next}`);
  expect(rest.attempts.map(({ run_key }) => run_key)).toEqual(["two", "two", "one"]);
  expect(rest.next).toBeUndefined();
  for (const query of ["key=unit:b.test.js", "key=unit:a.test.js&case=breaks", "key=unit:a.test.js&project=site"])
    expect((await call(coordinator, "GET", `/api/v1/tests/history?${query}`)).status).toBe(404);
});

test("of a test that never flipped the good runs speak", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const worker = await newWorker(coordinator);
  for (const key of ["one", "two"]) await play(coordinator, worker, key, ["passed"]);
  const { body } = await call(coordinator, "GET", "/api/v1/tests/history?key=unit:a.test.js&case=works");
  expect(body.flakiness).toMatchObject({ flips: 0, observations: 2 });
  expect(body.flakiness.score).toBeCloseTo(0.02, 2);
});
