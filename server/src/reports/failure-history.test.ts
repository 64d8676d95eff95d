import { failureListSchema } from "@shardwright/core";
import { expect, test } from "vitest";
import { failureGroups, failures } from "../database/tables.ts";
import { World, caseOf, eventsOf, submissionOf } from "../testing/world.ts";
import { failureHistories, failureList } from "./failure-history.ts";

const files = Array.from({ length: 6 }, (_, index) => `${index}.test.js`);

interface RunSketch {
  readonly key: string;
  readonly commit?: string;
  /** What a test fails with; it passes without. */
  readonly message?: (task: number) => string | undefined;
}

/** Runs the suite on one worker, in the order of its files. @returns the run's id */
async function play(world: World, worker: Awaited<ReturnType<World["worker"]>>, { key, commit, message }: RunSketch) {
  const context = commit === undefined ? {} : { commit };
  const submission = submissionOf(files, { run_key: key, context, options: { max_retries: 0 } });
  const { run } = await world.scheduler.submit(submission);
  for (let leases = await worker.lease(); leases.length > 0; leases = await worker.lease())
    for (const lease of leases)
      for (const { task } of lease.tasks) {
        const said = message?.(task);
        const [started, cases, finished] = eventsOf(lease, task, said === undefined ? "passed" : "failed");
        if (cases.type !== "cases") throw new Error("no cases");
        const told = said === undefined ? cases.cases : [{ ...caseOf(`works ${task}`, "failed"), message: said }];
        await worker.send(started, { ...cases, cases: told }, finished);
        world.clock.advance(1000);
      }
  return run;
}

const refused = (task: number) => (task < 3 ? `Error: connect ECONNREFUSED 127.0.0.1:${5000 + task}` : undefined);

function historyOf(world: World, run: string) {
  const row = world.inside.queries.runs.byId(run);
  if (row === undefined) throw new Error("no such run");
  return [...failureHistories(world.inside.queries, row).values()];
}

test("a failure is known by the run and the commit that showed it first, and by how many of the last runs did", async () => {
  await using world = await World.open();
  const worker = await world.worker("one");
  const first = await play(world, worker, { key: "main-1", commit: "aaaa1111", message: refused });
  expect(historyOf(world, first)).toMatchObject([{ first_run: "main-1", first_commit: "aaaa1111", runs: 1, of: 1 }]);
  const good = await play(world, worker, { key: "main-2", commit: "bbbb2222" });
  expect(historyOf(world, good)).toEqual([]);
  const both = await play(world, worker, {
    key: "main-3",
    commit: "cccc3333",
    message: (task) => refused(task + 1) ?? (task === 5 ? "Error: out of paper" : undefined),
  });
  const histories = historyOf(world, both).toSorted((a, b) => b.runs - a.runs);
  expect(histories).toMatchObject([
    { first_run: "main-1", first_commit: "aaaa1111", runs: 2, of: 3 },
    { first_run: "main-3", first_commit: "cccc3333", runs: 1, of: 3 },
  ]);
  // What came later does not change what is said of a run.
  expect(historyOf(world, first)).toMatchObject([{ runs: 1, of: 1 }]);

  const list = failureListSchema.parse(failureList(world.inside.queries, "default", 10));
  expect(list.of_runs).toBe(3);
  const refusals = list.failures.find(({ title }) => title.includes("ECONNREFUSED"));
  expect(refusals).toMatchObject({
    kind: "assertion",
    title: "Error: connect ECONNREFUSED 127.0.0.1:5001",
    first: { run: first, run_key: "main-1", commit: "aaaa1111" },
    last: { run: both, run_key: "main-3", commit: "cccc3333" },
    runs: 2,
    cases: 5,
  });
  expect(list.failures).toHaveLength(2);
  expect(failureList(world.inside.queries, "default", 1).failures).toHaveLength(1);
  expect(failureList(world.inside.queries, "another", 10)).toEqual({ project: "another", of_runs: 0, failures: [] });
});

test("of a run that is opened again, all attempts are kept once, and its first end stays the first", async () => {
  await using world = await World.open();
  const worker = await world.worker("one");
  const broken = (what: string) => (task: number) => (task === 0 ? `Error: out of ${what}` : undefined);
  const run = await play(world, worker, { key: "main-1", commit: "aaaa1111", message: broken("paper") });
  expect(tablesOf(world, run).failures).toMatchObject([{ run, task: 0, attempt: 1, cases: 1 }]);
  expect(await play(world, worker, { key: "main-1", commit: "aaaa1111", message: broken("ink") })).toBe(run);
  expect(tablesOf(world, run).failures).toMatchObject([
    { run, task: 0, attempt: 1 },
    { run, task: 0, attempt: 2 },
  ]);
  expect(await play(world, worker, { key: "main-1", commit: "aaaa1111" })).toBe(run);
  expect(historyOf(world, run)).toMatchObject([
    { runs: 1, of: 1 },
    { runs: 1, of: 1 },
  ]);
});

/** Read after what waits has been written. */
function tablesOf(world: World, run: string) {
  world.report(run);
  const { database } = world.inside;
  return { groups: database.select().from(failureGroups).all(), failures: database.select().from(failures).all() };
}

test("what only forgotten runs showed is forgotten, and the same facts make the same tables", async () => {
  await using world = await World.open();
  const worker = await world.worker("one");
  const first = await play(world, worker, { key: "main-1", message: refused });
  const second = await play(world, worker, {
    key: "main-2",
    message: (task) => refused(task) ?? (task === 4 ? "Error: out of paper" : undefined),
  });
  const before = tablesOf(world, second);
  expect(before.groups).toHaveLength(2);
  await world.restart();
  expect(tablesOf(world, second)).toEqual(before);
  await world.scheduler.purge([second]);
  expect(tablesOf(world, first).groups).toMatchObject([
    { first_run: first, title: "Error: connect ECONNREFUSED 127.0.0.1:5000" },
  ]);
  await world.scheduler.purge([first]);
  expect(tablesOf(world, first)).toEqual({ groups: [], failures: [] });
});

test("over several runs it is said what a failure follows, which no single run could tell", async () => {
  await using world = await World.open();
  const worker = await world.worker("one");
  let run = "";
  for (let number = 1; number <= 10; number += 1) {
    // Whatever comes right after the third file finds what it left behind.
    let before = -1;
    const message = (task: number) => {
      const isNext = before === 2;
      before = task;
      return isNext ? `Error: locked since ${number}` : undefined;
    };
    run = await play(world, worker, { key: `main-${number}`, message });
  }
  const [history] = historyOf(world, run);
  expect(history?.sentence).toMatch(
    /^only right after 2\.test\.js on the same worker: (\d+) of \1 here, 0 of \d+ elsewhere \(p < 0\.001\): likely what that test leaves behind$/,
  );
  expect(failureList(world.inside.queries, "default", 5).failures[0]).toMatchObject({
    sentence: history?.sentence,
    association: { attribute: "preceding", value: "2.test.js", elsewhere: { failed: 0 } },
  });
});
