import { join } from "node:path";
import { type CaseResult, type RunContext, type RunReport, type Suite, compareReports } from "@shardwright/core";
import { expect, test } from "vitest";
import { openDiskBlobs } from "../blobs/disk-blobs.ts";
import { World, caseOf, eventsOf, submissionOf } from "../testing/world.ts";
import { answerComparison } from "./answer-comparison.ts";
import { buildReport } from "./build-report.ts";
import { compareRuns } from "./compare-runs.ts";

/** `flaky` fails in the first attempt. */
type Status = CaseResult["status"] | "flaky";
type Told = Readonly<Record<string, Readonly<Record<string, Status>>>>;

interface Sketch {
  readonly context?: RunContext;
  readonly selection?: string;
  /** Files whose process dies after the cases that are told. */
  readonly crashes?: readonly string[];
  readonly retries?: number;
}

let runs = 0;

/** Runs files with the cases told, each case in every attempt as it is said. */
async function play(
  world: World,
  told: Told,
  { context = {}, selection, crashes = [], retries = 0 }: Sketch = {},
): Promise<string> {
  const worker = await world.worker(`w${(runs += 1)}`);
  const files = Object.keys(told);
  const suites: Suite[] = [{ name: "unit", runner: "vitest", directory: ".", options: {}, ...(selection && { selection }) }];
  const submission = submissionOf(files, { run_key: `key-${runs}`, context, suites, options: { max_retries: retries } });
  const { run } = await world.scheduler.submit(submission);
  const isOver = () => world.inside.queries.runs.byId(run)?.status === "ended";
  for (let turn = 0; turn < 100 && !isOver(); turn += 1) {
    // What is tried again may have to wait before.
    world.clock.advance(1000);
    for (const lease of await worker.lease())
      for (const { task, attempt } of lease.tasks) {
        const file = files[task] ?? "";
        const cases = Object.entries(told[file] ?? {}).map(([name, status]) =>
          caseOf(name, status === "flaky" ? (attempt === 1 ? "failed" : "passed") : status),
        );
        const bad = cases.some(({ status }) => status === "failed") && attempt <= retries + 1;
        const isCrash = crashes.includes(file);
        const [started, , finished] = eventsOf(lease, task, isCrash ? "errored" : bad ? "failed" : "passed");
        if (finished.type !== "finished") throw new Error("no end");
        const { failure: _, ...end } = finished;
        const failure = isCrash
          ? { failure: { kind: "crash" as const, message: "SIGSEGV" } }
          : bad
            ? { failure: { kind: "assertion" as const, message: "no", complete: true as const } }
            : {};
        const { run: id, fence } = lease;
        await worker.send(
          started,
          { type: "cases", run: id, fence, task, attempt, first: 0, cases },
          { ...end, cases: cases.length, ...failure },
        );
        world.clock.advance(1000);
      }
  }
  expect(isOver()).toBe(true);
  await worker.leave();
  world.clock.advance(1000);
  return run;
}

async function reportOf(world: World, run: string): Promise<RunReport> {
  const blobs = await openDiskBlobs(join(world.directory, "blobs"), 1e6);
  return buildReport(world.inside.queries, blobs, run, world.clock.now_ms());
}

const main = (commit: string): RunContext => ({ provider: "github", branch: "main", commit });
const pull = (rest: RunContext = {}): RunContext => ({
  provider: "github",
  branch: "feature",
  commit: "ffff",
  pull_request: "7",
  base_branch: "main",
  ...rest,
});

test("a pull request's run is compared with the last runs of what it is to be merged into", async () => {
  await using world = await World.open();
  await play(
    world,
    { "a.js": { solid: "passed", broken: "passed", old: "passed" }, "gone.js": { x: "passed" } },
    { context: main("a1") },
  );
  const newest = await play(
    world,
    { "a.js": { solid: "passed", broken: "failed", old: "passed" }, "gone.js": { x: "passed" } },
    { context: main("a2") },
  );
  // Neither is the base: another pull request, and another branch.
  await play(world, { "a.js": { solid: "failed" } }, { context: pull({ branch: "main", commit: "eeee", fork: true }) });
  await play(world, { "a.js": { solid: "failed" } }, { context: { ...main("b1"), branch: "other" } });
  const head = await play(world, { "a.js": { solid: "failed", broken: "failed", new: "passed" } }, { context: pull() });
  const { comparison, suites, verdict } = await reportOf(world, head);
  expect(verdict).toBe("failed");
  expect(suites).toEqual([{ name: "unit", runner: "vitest", directory: ".", options: {} }]);
  expect(comparison).toMatchObject({
    base: { branch: "main", origin: "base-branch", runs: [{ id: newest, commit: "a2" }, { commit: "a1" }] },
    totals: { newly_failing: 1, still_failing: 1, added: 1, removed: 2 },
    newly_failing: [{ file: "a.js", path: ["solid"], base: { of: 2, failed: 0 } }],
    still_failing: [{ path: ["broken"], base: { of: 2, failed: 1 } }],
  });
});

test("it begins where the branch began, if that was run; the same commit once more is no base of itself", async () => {
  await using world = await World.open();
  await play(world, { "a.js": { t: "passed" } }, { context: main("a1") });
  await play(world, { "a.js": { t: "failed" } }, { context: main("a2") });
  const branched = await play(world, { "a.js": { t: "failed" } }, { context: pull({ base_commit: "a1" }) });
  expect((await reportOf(world, branched)).comparison).toMatchObject({
    base: { origin: "merge-base", runs: [{ commit: "a1" }] },
    totals: { newly_failing: 1 },
  });
  const push = await play(world, { "a.js": { t: "failed" } }, { context: main("a2") });
  expect((await reportOf(world, push)).comparison).toMatchObject({
    base: { origin: "same-branch", runs: [{ commit: "a1" }] },
    totals: { newly_failing: 1 },
  });
  const feature = await play(world, { "a.js": { t: "failed" } }, { context: { ...main("c1"), branch: "feature" } });
  expect((await reportOf(world, feature)).comparison?.base.origin).toBe("default-branch");
});

test("without a base nothing is said, and a run that goes on has none", async () => {
  await using world = await World.open();
  const first = await play(world, { "a.js": { t: "failed" } }, { context: main("a1") });
  expect(await reportOf(world, first)).not.toHaveProperty("comparison");
  const blind = await play(world, { "a.js": { t: "failed" } }, { context: { provider: "other" } });
  expect(await reportOf(world, blind)).not.toHaveProperty("comparison");
  const sources = { queries: world.inside.queries, blobs: await openDiskBlobs(join(world.directory, "b"), 1e6), now_ms: 0 };
  await expect(answerComparison(sources, first)).rejects.toMatchObject({ code: "not-found" });
  await expect(answerComparison(sources, first, "r-9999999999999999")).rejects.toMatchObject({ code: "not-found" });
  const given = await answerComparison(sources, blind, first);
  expect(given).toMatchObject({ base: { origin: "given" }, totals: { still_failing: 1 } });
});

test("the tables tell a comparison the same as the reports do", async () => {
  await using world = await World.open();
  const moody: Told = { "f.js": { moody: "flaky", calm: "passed" } };
  const told: Told = {
    "a.js": { t: "failed", u: "passed", s: "skipped" },
    "b.js": { x: "passed" },
    "c.js": { y: "passed", z: "passed" },
  };
  const base = [
    await play(world, { ...told, ...moody }, { context: main("a1"), retries: 1 }),
    await play(world, { ...told, "d.js": { w: "passed" } }, { context: main("a2"), crashes: ["b.js"] }),
    await play(world, { "c.js": { y: "failed" } }, { context: main("a3"), selection: "c.js" }),
  ].toReversed();
  const head = await play(
    world,
    { ...told, "c.js": { y: "failed" }, "e.js": { v: "failed" }, "f.js": { moody: "failed", calm: "passed" } },
    { context: main("a4") },
  );
  const report = await reportOf(world, head);
  const fromReports = compareReports(await Promise.all(base.map((run) => reportOf(world, run))), report, "same-branch");
  expect(report.comparison).toEqual(fromReports);
  expect(report.comparison?.totals).toMatchObject({
    newly_failing: 1,
    still_failing: 2,
    failing_at_times: 1,
    removed: 2,
    added: 1,
  });
});

test("of more cases than are read, the newest runs of the base are looked at, and that is said", async () => {
  await using world = await World.open();
  const told = { "a.js": { t: "passed", u: "passed" } } as const;
  const ids = [await play(world, told), await play(world, told), await play(world, told)].toReversed();
  const report = await reportOf(world, await play(world, told));
  const rows = ids.flatMap((id) => world.inside.queries.runs.byId(id) ?? []);
  const comparison = await compareRuns(world.inside.queries, report, { origin: "given", runs: rows }, 4);
  expect(comparison.base.runs.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  expect(comparison.notes[0]).toBe("Of 3 runs on the base the newest 2 are looked at: they have 4 tests together.");
});
