import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { CaseResult, Failure, QuarantineEntry, WorkerEvent } from "@shardwright/core";
import { expect, test } from "vitest";
import { openDiskBlobs } from "../blobs/disk-blobs.ts";
import { atOnce } from "../parts-of-work.ts";
import { Reader } from "../reading/reader.ts";
import { flakyCases, knownCases } from "../reports/flaky.ts";
import { withQuarantine } from "../quarantine.ts";
import { type FakeWorker, World, caseOf, eventsOf, submissionOf } from "../testing/world.ts";

type Lease = Awaited<ReturnType<FakeWorker["lease"]>>[number];

const complete: Failure = { kind: "assertion", message: "1 is not 2", complete: true };
const entries = (...tests: string[]): QuarantineEntry[] =>
  tests.map((name) => ({ test: name, owner: "ada", reason: "#12", expires_at_ms: 2_000_000_000_000, origin: "file" }));

/** The one task of a lease ends: the cases named fail, and one called `bad` passes where it is not among them. */
function endOf(lease: Lease, failed: readonly string[], failure: Failure = complete): WorkerEvent[] {
  const task = lease.tasks[0]?.task ?? -1;
  const outcome = failed.length > 0 ? "failed" : "passed";
  const [started, cases, finished] = eventsOf(lease, task, outcome);
  const others = failed.includes("bad") ? [] : [caseOf("bad")];
  const told: CaseResult[] = [...others, ...failed.map((name) => caseOf(name, "failed"))];
  return [
    started,
    { ...cases, cases: told } as WorkerEvent,
    { ...finished, cases: told.length, ...(failed.length > 0 && { failure }) } as WorkerEvent,
  ];
}

/** Runs one file until there is nothing left to do; the failed cases of each attempt in turn. */
async function play(
  world: World,
  attempts: readonly (readonly string[])[],
  more: Parameters<typeof submissionOf>[1] = {},
  failure = complete,
) {
  const worker = await world.worker("one");
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js"], more));
  let count = 0;
  for (let [lease] = await worker.lease(); lease !== undefined; [lease] = await worker.lease()) {
    await worker.send(...endOf(lease, attempts[Math.min(count, attempts.length - 1)] ?? [], failure));
    count += 1;
    world.clock.advance(6000);
  }
  await worker.leave();
  return { ...world.report(run), id: run, count };
}

test("what fails in quarantine costs one retry and not the run; so it is after a restart, and nothing is left to do", async () => {
  await using world = await World.open();
  const quarantine = entries("a.test.js > bad");
  const { run, tasks, count, id } = await play(world, [["bad"]], { quarantine });
  expect(count).toBe(2);
  expect(run).toMatchObject({
    verdict: "passed",
    reason: "1 discovered = 1 quarantined",
    account: { failed: 0, quarantined: 1 },
  });
  expect(tasks).toMatchObject([{ status: "failed", quarantined: true }]);
  await world.restart();
  expect(world.report(id).run).toMatchObject({ verdict: "passed", account: { quarantined: 1 } });
  expect(await world.scheduler.submit(submissionOf(["a.test.js"]))).toMatchObject({ disposition: "finished" });
});

test.each([
  ["another case fails as well", [["bad", "news"]], complete],
  ["its runner vouches for nothing", [["bad"]], { kind: "assertion", message: "" }],
  ["it ran out of time", [["bad"]], { kind: "test-timeout", message: "ran longer than 600000 ms" }],
] as const)("a quarantine excuses nothing where %s", async (_why, attempts, failure) => {
  await using world = await World.open();
  const { run, count } = await play(world, attempts, { quarantine: entries("a.test.js > bad") }, failure);
  expect(run).toMatchObject({ verdict: "failed", account: { failed: 1 } });
  expect(run?.account.quarantined).toBeUndefined();
  expect(count).toBe(4);
});

test("a file that fails otherwise first, and in quarantine last, is excused; the other way round it is not", async () => {
  await using world = await World.open();
  const last = await play(world, [["news"], ["bad"]], { quarantine: entries("a.test.js > bad") });
  expect(last.run).toMatchObject({ verdict: "passed" });
  await using other = await World.open();
  const first = await play(other, [["bad"], ["news"]], { quarantine: entries("a.test.js > bad") });
  expect(first.run).toMatchObject({ verdict: "failed" });
});

test("a new leader knows what an attempt had told before it, also one that was taken for lost", async () => {
  for (const isLost of [false, true]) {
    await using world = await World.open();
    const worker = await world.worker("one");
    const { run } = await world.scheduler.submit(
      submissionOf(["a.test.js"], { quarantine: entries("a.test.js > bad"), options: { max_retries: 0 } }),
    );
    const [lease] = await worker.lease();
    if (lease === undefined) throw new Error("no lease");
    const base = { run, fence: lease.fence, task: 0, attempt: 1 };
    await worker.send({ type: "started", ...base }, { type: "cases", ...base, first: 0, cases: [caseOf("news", "failed")] });
    if (isLost) world.clock.advance(60_000);
    await world.restart();
    await worker.send(
      { type: "cases", ...base, first: 1, cases: [caseOf("bad", "failed")] },
      { type: "finished", ...base, outcome: "failed", duration_ms: 1, cases: 2, failure: complete },
    );
    expect(world.report(run).run, isLost ? "lost" : "running").toMatchObject({ verdict: "failed", account: { failed: 1 } });
  }
});

test("an entry that has expired is told of, and excuses nothing", async () => {
  await using world = await World.open();
  const [entry] = entries("a.test.js > bad");
  const quarantine = [{ ...entry, expired: true } as QuarantineEntry];
  const { run, notices } = await play(world, [["bad"]], { quarantine });
  expect(run).toMatchObject({ verdict: "failed" });
  expect(notices).toContain("test-quarantine");
});

test("what is new has to pass each time, without a retry, and is one entry with its file", async () => {
  await using world = await World.open();
  const worker = await world.worker("one", {}, 1);
  const repeat = (index: number) => ({ file: "a.test.js", key: `r${index}`, repeat: { of: "unit:a.test.js", index, count: 3 } });
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js", "b.test.js", repeat(0), repeat(1), repeat(2)]));
  let count = 0;
  for (let [lease] = await worker.lease(); lease !== undefined; [lease] = await worker.lease()) {
    const [first] = lease.tasks;
    if (first === undefined) break;
    await worker.send(...endOf({ ...lease, tasks: [first] }, first.spec.repeat?.index === 1 ? ["works"] : []));
    count += 1;
    for (const rest of lease.tasks.slice(1))
      await worker.send({ type: "released", run, fence: lease.fence, task: rest.task, attempt: rest.attempt, reason: "" });
  }
  const { run: summary } = world.report(run);
  expect(count).toBe(5);
  expect(summary).toMatchObject({
    verdict: "failed",
    reason: "2 discovered = 1 passed + 1 failed",
    account: { discovered: 2, passed: 1, failed: 1 },
    cases: 2,
  });
  const known = (hash: string) => atOnce(knownCases(world.inside.queries, "default", [{ key: "unit:a.test.js", hash }]));
  expect(known("0".repeat(64))).toEqual({ has_history: true, changed: [{ key: "unit:a.test.js" }] });
});

test("which cases are known is found out in parts: each reads some tasks, or looks at one file", async () => {
  await using world = await World.open();
  const names = Array.from({ length: 40 }, (_, index) => `f${index}.test.js`);
  const worker = await world.worker("one", {}, 40);
  const { run } = await world.scheduler.submit(submissionOf(names));
  for (const lease of await worker.lease(40)) await worker.run(lease, "passed");
  expect(world.report(run).run?.verdict).toBe("passed");
  const files = names.map((name) => ({ key: `unit:${name}`, hash: "f".repeat(64) }));
  const work = knownCases(world.inside.queries, "default", [...files, { key: "unit:new.test.js", hash: "f".repeat(64) }]);
  let parts = 0;
  let answer = work.next();
  for (; answer.done !== true; answer = work.next()) parts += 1;
  expect(parts).toBeGreaterThanOrEqual(2 * files.length);
  expect(answer.value.changed).toHaveLength(41);
  expect(answer.value.changed.at(-1)).toEqual({ key: "unit:new.test.js" });
  expect(answer.value.changed[0]).toMatchObject({ key: "unit:f0.test.js", cases: expect.any(Array) as unknown });
});

test("a submission takes what is in quarantine by hand, in its file and by rule with it, and what changes later changes nothing of it", async () => {
  await using world = await World.open();
  const { ledger, queries } = world.inside;
  const blobs = join(world.directory, "blobs");
  mkdirSync(blobs);
  const store = await openDiskBlobs(blobs, 1e6);
  const reader = new Reader({ queries, store, clock: world.clock, tables: join(world.directory, "state.db"), blobs });
  const parts = { ledger, queries, clock: world.clock, reader };
  // Flaky four times of four, within runs; and broken once.
  for (const [place, failed] of [["bad"], ["bad"], ["bad"], ["bad"]].entries())
    await play(world, [failed, []], { run_key: `r${place}` });
  await play(world, [["news"]], { run_key: "broken", options: { max_retries: 0 } });
  const { cases } = flakyCases(queries, "default", world.clock.now_ms());
  expect(cases).toMatchObject([{ test: "a.test.js > bad", flips: 4, observations: 5 }]);

  const now_ms = world.clock.now_ms();
  const entry = { owner: "bob", reason: "by hand", expires_at_ms: now_ms + 1000 };
  await ledger.append([{ type: "QuarantineChanged", project: "default", test: "b.test.js", entry }]);
  const submission = {
    ...submissionOf(["a.test.js"]),
    quarantine: entries("c.test.js").map((one) => ({ ...one, expires_at_ms: now_ms - 1 })) as QuarantineEntry[],
  };
  const effective = await withQuarantine(parts, { ...submission, quarantine_flaky: 0.05 });
  expect(effective.quarantine).toMatchObject([
    { test: "b.test.js", origin: "hand", owner: "bob" },
    { test: "c.test.js", origin: "file", expired: true },
    { test: "a.test.js > bad", origin: "rule" },
  ]);
  expect((await withQuarantine(parts, { ...submission, quarantine_flaky: 0.9 })).quarantine).toHaveLength(2);
  // Likely above it, but not as good as surely.
  expect(cases[0]?.posterior.mean).toBeGreaterThan(0.2);
  expect((await withQuarantine(parts, { ...submission, quarantine_flaky: 0.2 })).quarantine).toHaveLength(2);
  world.clock.advance(1001);
  expect((await withQuarantine(parts, submissionOf(["a.test.js"]))).quarantine).toMatchObject([
    { test: "b.test.js", expired: true },
  ]);
  await ledger.append([{ type: "QuarantineChanged", project: "default", test: "b.test.js" }]);
  expect((await withQuarantine(parts, submissionOf(["a.test.js"]))).quarantine).toBeUndefined();
  await expect(withQuarantine(parts, { ...submission, quarantine: entries("x") })).rejects.toThrow(/90 days/);
  await expect(
    withQuarantine(parts, { ...submission, quarantine: [{ origin: "rule", test: "x", reason: "y" }] }),
  ).rejects.toThrow(/origin/);
  // A member that does not know of it: nothing is recorded that it could not read.
  const older = { ...parts, ledger: { factVersion: 3 } };
  await expect(withQuarantine(older, submission)).rejects.toThrow(/version 4 of the facts/);
});

test("an attempt that resumed another one is not excused: a whole one follows it, which is", async () => {
  await using world = await World.open();
  const [one, two] = [await world.worker("one"), await world.worker("two")];
  for (const worker of [one, two]) worker.resumes = ["vitest"];
  const quarantine = entries("a.test.js > bad");
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js"], { quarantine, options: { max_retries: 0 } }));
  const [first] = await one.lease();
  if (first === undefined) throw new Error("no lease");
  const base = { run, fence: first.fence, task: 0, attempt: 1 };
  await one.send({ type: "started", ...base }, { type: "cases", ...base, first: 0, cases: [caseOf("works")] });
  await one.send({ type: "released", ...base, reason: "it drains" });
  const attempts: boolean[] = [];
  for (let [lease] = await two.lease(); lease !== undefined; [lease] = await two.lease()) {
    attempts.push(lease.tasks[0]?.finished !== undefined);
    await two.send(...endOf(lease, ["bad"]));
    world.clock.advance(6000);
  }
  expect(attempts).toEqual([true, false]);
  expect(world.report(run).run).toMatchObject({ verdict: "passed", account: { quarantined: 1 } });
});
