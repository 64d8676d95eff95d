import { type FactBody, type Submission, workerTag } from "@shardwright/core";
import { expect, test } from "vitest";
import { FactHooks } from "./plugins/fact-hooks.ts";
import { flakyCases } from "./reports/flaky.ts";
import { type FakeWorker, World, eventsOf, submissionOf } from "./testing/world.ts";

const measuring = (run_key: string, more: Partial<Submission> = {}, options: Partial<Submission["options"]> = {}) =>
  submissionOf([{ file: "a.test.js", requirements: { tags: [workerTag("two")] } }], {
    run_key,
    context: { commit: "0".repeat(40) },
    ...more,
    options: { max_retries: 0, ...options, purpose: "measurement" },
  });

async function play(worker: FakeWorker, ...outcomes: ("passed" | "failed" | "errored")[]): Promise<void> {
  for (const outcome of outcomes) {
    const [lease] = await worker.lease();
    if (lease === undefined) throw new Error("nothing was leased");
    const [started, cases, finished] = eventsOf(lease, lease.tasks[0]?.task ?? -1, outcome);
    const failure = { kind: "setup-error" as const, message: "no such module" };
    await worker.send(started, cases, outcome === "errored" ? ({ ...finished, failure } as typeof finished) : finished);
  }
}

const historyOf = ({ inside: { queries }, clock }: World) => ({
  runs: queries.runs.list({ limit: 10 }).runs.map(({ run_key }) => run_key),
  series: queries.trends.list({}, 0, 10).series.map(({ name, points }) => `${name} ${points}`),
  durations: queries.timings.history("default").size,
  flaky: flakyCases(queries, "default", clock.now_ms()).cases.length,
  failures: queries.failures.latest("default", 10).length,
});

test("a run that only measures leaves nothing but its own results", async () => {
  await using world = await World.open();
  const worker = await world.worker("two");
  const { run } = await world.scheduler.submit(measuring("m1"));
  await play(worker, "passed");
  expect(world.report(run).run).toMatchObject({ verdict: "passed" });
  await world.scheduler.submit(measuring("m2", {}, { max_retries: 2 }));
  await play(worker, "failed", "passed");
  expect(historyOf(world)).toEqual({ runs: [], series: [], durations: 0, flaky: 0, failures: 0 });
  // Whoever knows its key finds it.
  expect(world.inside.queries.runs.list({ run_key: "m1", limit: 1 }).runs).toMatchObject([{ id: run }]);
  // The same of an ordinary run is all there.
  await world.scheduler.submit(submissionOf(["a.test.js"], { run_key: "o1", options: { max_retries: 2 } }));
  await play(worker, "failed", "passed");
  expect(historyOf(world)).toEqual({ runs: ["o1"], series: ["duration 1"], durations: 1, flaky: 1, failures: 1 });
});

test("it goes to the worker that its requirement names, also after a restart, and says so where that one is away", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const { run } = await world.scheduler.submit(measuring("m1"));
  expect(await one.lease()).toEqual([]);
  const two = await world.worker("two");
  await world.restart();
  expect(await one.lease()).toEqual([]);
  await play(two, "passed");
  expect(world.report(run).run).toMatchObject({ verdict: "passed" });
  // The tag is for matching alone.
  expect(world.inside.queries.workers.byId(two.id)?.capabilities.tags).toEqual(["python"]);
  await two.leave();
  const { run: lost } = await world.scheduler.submit(measuring("m2"));
  expect(world.report(lost).notices).toContain("unsatisfiable");
});

test("what an old commit does wrong is not held against the worker or its runner", async () => {
  await using world = await World.open();
  const worker = await world.worker("two");
  const other = await world.worker("one");
  await world.scheduler.submit(submissionOf(["b.test.js"], { run_key: "o1" }));
  await play(other, "passed");
  for (let index = 0; index < 20; index += 1) {
    await world.scheduler.submit(measuring(`m${index}`));
    await play(worker, "errored");
  }
  expect(world.scheduler.health(worker.id)).toMatchObject({ standing: "well", health: { score: 100 } });
  expect(world.inside.queries.breakers.all()).toEqual([]);
});

test("hooks of plugins are told nothing of it, also by a leader that did not see it come", () => {
  const told: string[] = [];
  const plugins = { emit: (name: string) => void told.push(name), wants: () => true };
  const facts = (run: string): FactBody[] => [
    { type: "TasksLeased", run, worker: "w-0000000000000001", fence: 1, tasks: [{ task: 0, attempt: 1 }] },
    { type: "RunEnded", run, verdict: "passed", reason: "done" },
  ];
  const tell = (hooks: FactHooks, bodies: readonly FactBody[]) =>
    bodies.forEach((body, index) => hooks.tell({ position: index + 1, at_ms: 0, body }));
  const measured = "r-0000000000000001";
  const hooks = new FactHooks(
    plugins,
    () => ["a.test.js"],
    () => true,
  );
  tell(hooks, [{ type: "RunSubmitted", run: measured, submission: measuring("m1") }, ...facts(measured)]);
  expect(told).toEqual([]);
  const later = new FactHooks(
    plugins,
    () => ["a.test.js"],
    (run) => run !== measured,
  );
  tell(later, facts(measured));
  expect(told).toEqual([]);
  tell(later, facts("r-0000000000000002"));
  expect(told).toEqual(["tasksLeased", "runEnded"]);
});
