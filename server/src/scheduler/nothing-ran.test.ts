import { expect, test } from "vitest";
import { World, caseOf, eventsOf, submissionOf } from "../testing/world.ts";

const suites = ["unit", "e2e"].map((name) => ({ name, runner: "vitest", directory: ".", options: {} }));
const tasks = [{ file: "a.test.js" }, { file: "b.test.js" }, { file: "c.test.js", suite: "e2e" }];

test.for([
  [
    "a suite in whose files no test ran",
    {},
    new Set(["c.test.js"]),
    "incomplete",
    /; no test of e2e was run \(where that is right: --allow-empty\)$/,
  ],
  ["all of them", {}, new Set(tasks.map(({ file }) => file)), "incomplete", /; no test of unit, e2e was run/],
  ["files without tests beside one that has some", {}, new Set(["b.test.js"]), "passed", /skipped$/],
  ["a run that may be empty", { allow_empty: true }, new Set(["c.test.js"]), "passed", /skipped$/],
] as const)("%s", async ([, options, empty, verdict, reason]) => {
  await using world = await World.open();
  const one = await world.worker("one");
  const { run } = await world.scheduler.submit(submissionOf(tasks, { suites, options }));
  for (let leases = await one.lease(); leases.length > 0; leases = await one.lease())
    for (const lease of leases)
      for (const { task, spec } of lease.tasks) {
        const [started, cases, finished] = eventsOf(lease, task, empty.has(spec.file) ? "skipped" : "passed");
        if (finished.type !== "finished") throw new Error("an event is missing");
        if (empty.has(spec.file)) await one.send(started, { ...finished, cases: 0 });
        else await one.send(started, cases, finished);
      }
  expect(world.report(run).run).toMatchObject({ verdict, reason: expect.stringMatching(reason) });
});

test("a file whose tests were all left out has tests", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js"]));
  const [lease] = await one.lease();
  if (lease === undefined) throw new Error("nothing was dealt");
  const base = { run, fence: lease.fence, task: 0, attempt: 1 };
  await one.send(
    { type: "started", ...base },
    { type: "cases", ...base, first: 0, cases: [caseOf("a", "skipped")] },
    { type: "finished", ...base, outcome: "skipped", duration_ms: 1, cases: 1 },
  );
  expect(world.report(run).run).toMatchObject({ verdict: "passed" });
});
