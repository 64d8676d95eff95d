import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CaseResult, type Fact, type FactBody, type FactOf, judgedSince } from "@shardwright/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { openDatabase } from "../database/open.ts";
import * as tables from "../database/tables.ts";
import { submissionOf } from "../testing/world.ts";
import { createProjections } from "./apply.ts";

const run = "r-0123456789abcdef";
const worker = "w-0123456789abcdef";
const capabilities = { os: "linux" as const, arch: "x64" as const, cpu: 1, memory_mib: 1024, tags: [], details: {} };
const key = "unit:whole.test.js";
const part = (index: number) => ({ of: key, index, count: 2, cases: [["works"]], expected_ms: 5 });
const submission = submissionOf([
  "a.test.js",
  "b.test.js",
  { file: "whole.test.js", key: `${key}#1`, part: part(0) },
  { file: "whole.test.js", key: `${key}#2`, part: part(1) },
]);
const passed: CaseResult = { path: ["works"], ordinal: 0, status: "passed", duration_ms: 5, retries: 0 };

const lease = (fence: number, ...tasks: FactOf<"TasksLeased">["tasks"]): FactBody => ({
  type: "TasksLeased",
  run,
  worker,
  fence,
  tasks,
});
const cases = (task: number, attempt: number, count = 1): FactBody => ({
  type: "CasesFinished",
  run,
  task,
  attempt,
  first: 0,
  cases: Array.from({ length: count }, (_, ordinal) => ({ ...passed, ordinal })),
});
const end = (
  task: number,
  attempt: number,
  outcome: FactOf<"AttemptFinished">["outcome"],
  task_status: FactOf<"AttemptFinished">["task_status"],
): FactBody => ({
  type: "AttemptFinished",
  run,
  task,
  attempt,
  outcome,
  task_status,
  duration_ms: 1 / 3,
  ...(outcome === "failed" && { failure: { kind: "assertion", message: "1 is not 2" } }),
});

/** What can happen to a run whose tasks fail, are lost, doubled, settled, and run again. */
const bodies: FactBody[] = [
  {
    type: "WorkerRegistered",
    worker: { id: worker, name: "one", instance: "instance-one", slots: 2, capabilities, version: "1" },
  },
  { type: "RunSubmitted", run, submission },
  lease(1, { task: 0, attempt: 1 }, { task: 1, attempt: 1, estimate_ms: 7 }),
  lease(2, { task: 2, attempt: 1 }),
  cases(0, 1, 2),
  end(0, 1, "failed", "pending"),
  lease(3, { task: 0, attempt: 2 }),
  lease(4, { task: 0, attempt: 3, duplicate: true }),
  cases(0, 3),
  cases(0, 2, 3),
  end(0, 2, "lost", "leased"),
  end(0, 3, "passed", "passed"),
  end(1, 1, "lost", "pending"),
  end(1, 1, "passed", "passed"),
  end(2, 1, "lost", "pending"),
  cases(2, 1),
  end(2, 1, "passed", "passed"),
  lease(5, { task: 3, attempt: 1 }),
  { type: "TasksSettled", run, tasks: [3], status: "incomplete", reason: "late" },
  { type: "RunEnded", run, verdict: "failed", reason: "late" },
  { type: "RunReopened", run, tasks: [1, 3], reason: "again" },
  lease(6, { task: 1, attempt: 2 }, { task: 3, attempt: 2 }),
  end(1, 2, "released", "pending"),
  cases(3, 2),
  end(3, 2, "passed", "passed"),
  lease(7, { task: 1, attempt: 3, estimate_ms: 9 }),
  lease(8, { task: 1, attempt: 4, duplicate: true }),
  end(1, 4, "superseded", "leased"),
  end(1, 3, "passed", "passed"),
  { type: "RunEnded", run, verdict: "passed", reason: "done" },
];
const facts = bodies.map((body, index): Fact => ({ position: index + 1, at_ms: 1000 + Math.floor(index / 9), body }));

const appliedOf = (some: readonly Fact[]) => some.map((fact) => ({ fact, text: JSON.stringify(fact.body), entry: fact.at_ms }));

/** The tables after all these facts, written wherever `isSettled` says so, and opened anew where `isRestarted` does. */
function tablesAfter(
  isSettled: (position: number) => boolean,
  isRestarted: (position: number) => boolean = () => false,
): Record<string, unknown[]> {
  const directory = mkdtempSync(join(tmpdir(), "tables-"));
  const { database, client } = openDatabase(join(directory, "state.db"));
  try {
    let projections = createProjections(database, client);
    for (const fact of facts) {
      projections.apply(appliedOf([fact]), fact.position);
      expect(projections.position).toBe(fact.position);
      if (isSettled(fact.position)) projections.settle();
      if (!isRestarted(fact.position)) continue;
      projections.close();
      projections = createProjections(database, client);
    }
    projections.close();
    expect(projections.history(run, 0, 1000).map(({ body }) => body)).toEqual(bodies.slice(1));
    for (const after of [5, 6, 20])
      expect(projections.history(run, after, 2).map(({ position }) => position)).toEqual([after + 1, after + 2]);
    return Object.fromEntries(
      // Facts were read above: how they share rows depends on what was written together.
      Object.entries(tables).flatMap(([name, table]) => {
        if (table === tables.facts) return [];
        const rows = database.select().from(table).all();
        return [[name, rows.map((row) => JSON.stringify(row)).toSorted()]];
      }),
    );
  } finally {
    client.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

test("the tables are the same however many facts are written together", () => {
  const oneByOne = tablesAfter(() => true);
  const [progress] = oneByOne["progress"] as [string];
  expect(JSON.parse(progress)).toEqual({ id: 1, position: facts.length, fence: 8, applied: facts.length, fact_version: 1 });
  expect(oneByOne["attempts"]).toHaveLength(10);
  expect(oneByOne["tasks"]?.map((row) => (JSON.parse(row as string) as { status: string }).status)).toEqual(
    Array.from({ length: 4 }, () => "passed"),
  );
  expect(oneByOne["timings"]).toHaveLength(3);
  expect(tablesAfter(() => false)).toEqual(oneByOne);
  // What a process remembers of them changes nothing.
  expect(
    tablesAfter(
      () => true,
      () => true,
    ),
  ).toEqual(oneByOne);
  const how = fc.constantFrom("waits", "settled", "restarted");
  fc.assert(
    fc.property(fc.array(how, { minLength: facts.length, maxLength: facts.length }), (hows) => {
      const is = (one: string) => (position: number) => hows[position - 1] === one;
      expect(tablesAfter(is("settled"), is("restarted"))).toEqual(oneByOne);
    }),
    { numRuns: 20 },
  );
});

test("a task keeps its last durations, with all their digits, and forgets the oldest", () => {
  const directory = mkdtempSync(join(tmpdir(), "tables-"));
  const { database, client } = openDatabase(join(directory, "state.db"));
  const projections = createProjections(database, client);
  const durations_ms = Array.from({ length: 22 }, (_, index) => index + 0.1 + 0.2);
  let position = 2;
  projections.apply(appliedOf(facts.slice(0, 2)), 2);
  durations_ms.forEach((duration_ms, index) => {
    const attempt = index + 1;
    const body = { ...end(0, attempt, "passed", "passed"), duration_ms } as FactBody;
    const both = [lease(attempt, { task: 0, attempt }), body];
    projections.apply(appliedOf(both.map((one) => ({ position: (position += 1), at_ms: 1, body: one }))), position);
  });
  projections.close();
  expect(database.select().from(tables.timings).all()).toMatchObject([{ recent: durations_ms.slice(2) }]);
  client.close();
  rmSync(directory, { recursive: true, force: true });
});

test("with a run go its facts, whether they were written before or come in the same breath", () => {
  for (const isTogether of [false, true]) {
    const directory = mkdtempSync(join(tmpdir(), "tables-"));
    const { database, client } = openDatabase(join(directory, "state.db"));
    const projections = createProjections(database, client);
    const other = "r-fedcba9876543210";
    const purge: FactBody[] = [{ type: "RunsPurged", runs: [run] }];
    const after: FactBody[] = [{ type: "RunSubmitted", run: other, submission: { ...submission, run_key: "another" } }];
    [...bodies, ...purge, ...after].forEach((body, at) => {
      projections.apply(appliedOf([{ position: at + 1, at_ms: 1, body }]), at + 1);
      if (!isTogether) projections.settle();
    });
    expect(projections.history(run, 0, 1000)).toEqual([]);
    expect(projections.history(other, 0, 1000).map(({ body }) => body)).toEqual(after);
    expect(database.select({ run: tables.facts.run }).from(tables.facts).all()).toEqual([{ run: other }]);
    projections.close();
    client.close();
    rmSync(directory, { recursive: true, force: true });
  }
});

test("a run waits for its coverage where that was agreed on before it ended, however many facts are written together", () => {
  const suites = [{ name: "unit", runner: "vitest", directory: ".", options: { coverage: true } }];
  const [before, after] = ["r-000000000000000a", "r-000000000000000b"];
  const submitted = (id: string): FactBody => ({
    type: "RunSubmitted",
    run: id,
    submission: submissionOf(["a.test.js"], { suites, run_key: id }),
  });
  const ended = (id: string): FactBody => ({ type: "RunEnded", run: id, verdict: "passed", reason: "1 passed" });
  const said: FactBody[] = [
    submitted(before),
    submitted(after),
    ended(before),
    { type: "FactVersionRaised", version: judgedSince },
    ended(after),
    { type: "RunJudged", run: before, verdict: "failed", reason: "too low" },
  ];
  for (const isSettled of [true, false]) {
    const { database, client } = openDatabase(":memory:");
    const projections = createProjections(database, client);
    for (const [index, body] of said.entries()) {
      projections.apply(appliedOf([{ position: index + 1, at_ms: 1000, body }]), index + 1);
      if (isSettled) projections.settle();
    }
    projections.close();
    const rows = database.select().from(tables.runs).all();
    expect(rows.map(({ coverage, verdict, reason, tests_reason }) => [coverage, verdict, reason, tests_reason])).toEqual([
      [null, "passed", "1 passed", null],
      ["awaited", "passed", "1 passed; what they covered is being joined", "1 passed"],
    ]);
    client.close();
  }
});
