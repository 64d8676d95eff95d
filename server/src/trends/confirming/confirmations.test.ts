import type { FactBody, SharedKey } from "@shardwright/core";
import pino from "pino";
import { expect, test } from "vitest";
import { sharedDefaults } from "../../configuration/flags.ts";
import { type FakeWorker, World, eventsOf, submissionOf } from "../../testing/world.ts";
import type { Candidate } from "../judge-series.ts";
import type { WatchedSeries } from "../watched-series.ts";
import { Confirmations } from "./confirmations.ts";

const commitOf = (name: string) => name.repeat(40).slice(0, 40);
const [good, bad] = [commitOf("a"), commitOf("b")];
const gitAt = (commit: string) => ({ kind: "git" as const, url: "https://example.com/shop.git", commit, directory: "." });

function confirmationsOf(world: World, settings: Partial<Record<SharedKey, unknown>> = {}): Confirmations {
  const { ledger, queries } = world.inside;
  const values = { ...sharedDefaults, ...settings };
  return new Confirmations({
    ledger,
    queries,
    configuration: { get: ((key: SharedKey) => values[key]) as never },
    clock: world.clock,
    log: pino({ level: "silent" }),
    submit: (submission) => world.scheduler.submit(submission),
  });
}

interface Ran {
  readonly commit: string;
  readonly machine: string;
  readonly priority: number | undefined;
}

/** No two values are the same. */
let measured = 0;

/** Lets the workers do what there is, until nothing comes for some turns. */
async function work(
  world: World,
  workers: Readonly<Record<string, FakeWorker>>,
  takes: (commit: string) => number | "failed",
  limit = Infinity,
): Promise<Ran[]> {
  const ran: Ran[] = [];
  for (let idle = 0; idle < 5 && ran.length < limit;) {
    world.clock.advance(5);
    let isIdle = true;
    for (const [machine, worker] of Object.entries(workers)) {
      if (ran.length >= limit) break;
      const [lease] = await worker.lease();
      if (lease === undefined) continue;
      isIdle = false;
      const commit = lease.workspace.kind === "git" ? lease.workspace.commit : "";
      ran.push({ commit, machine, priority: world.inside.queries.runs.byId(lease.run)?.options.priority });
      const took = takes(commit);
      await worker.send(
        ...(took === "failed"
          ? eventsOf(lease, 0, "failed")
          : eventsOf(lease, 0, "passed", took + Math.sin((measured += 1)) / 10)),
      );
    }
    await new Promise((resolve) => setImmediate(resolve));
    idle = isIdle ? idle + 1 : 0;
  }
  return ran;
}

async function open(
  workspaceOf: (commit: string) => Parameters<typeof submissionOf>[1] = (commit) => ({ workspace: gitAt(commit) }),
) {
  const world = await World.open();
  const workers = { one: await world.worker("one"), two: await world.worker("two") };
  for (const commit of [good, bad]) {
    await world.scheduler.submit(
      submissionOf(["a.test.js"], { run_key: commit, context: { commit, branch: "main" }, ...workspaceOf(commit) }),
    );
    await work(world, { one: workers.one }, () => 100, 1);
  }
  const row = world.inside.queries.alerts.series(1);
  if (row === undefined) throw new Error("no series");
  const points = [good, bad].map((commit, at) => ({ value: 100, at_ms: at, commit }));
  const series = { row, branch: "main", points } as unknown as WatchedSeries;
  const candidateFor = (more: object = {}) =>
    ({
      change: { location: { first: 1, last: 1 } },
      range: { lastGood: good, firstBad: bad, commits: [bad], ...more },
    }) as unknown as Candidate;
  return { world, workers, series, candidate: candidateFor(), candidateFor };
}

/** Asks, and records what is decided. */
async function ask(world: World, confirmations: Confirmations, candidate: Candidate, series: WatchedSeries): Promise<boolean> {
  const facts: FactBody[] = [];
  const may = confirmations.mayTell(candidate, series, facts);
  if (facts.length > 0) await world.inside.ledger.append(facts);
  return may;
}
const outcomes = ({ inside: { queries } }: World) =>
  queries.confirmations.endedSince(0, 10).map(({ decision, reason }) => [decision, reason]);

test("commits that differ are found different by few runs in turns on two machines, at the lowest priority, and only then it is told", async () => {
  const { world, workers, series, candidate } = await open();
  await using _world = world;
  const confirmations = confirmationsOf(world);
  expect(await ask(world, confirmations, candidate, series)).toBe(false);
  const ran = await work(world, workers, (commit) => (commit === bad ? 130 : 100));
  expect(outcomes(world)).toEqual([["different", null]]);
  expect(ran.filter(({ machine }) => machine === "one").map(({ commit }) => commit[0])).toEqual(["a", "b", "b", "a", "a", "b"]);
  expect(ran.filter(({ machine }) => machine === "two")).toHaveLength(6);
  expect(new Set(ran.map(({ priority }) => priority))).toEqual(new Set([0]));
  expect(await ask(world, confirmations, candidate, series)).toBe(true);
  // It is no part of the series.
  expect(world.inside.queries.trends.list({}, 0, 10).series).toMatchObject([{ points: 2 }]);
});

test("what is the same is never told, nor what cannot be measured, and neither is measured twice", async () => {
  for (const [takes, outcome] of [
    [() => 100, ["same", null]],
    [(commit: string) => (commit === bad ? ("failed" as const) : 100), ["unknown", expect.stringContaining("bbbbbbbbbbbb on ")]],
  ] as const) {
    const { world, workers, series, candidate } = await open();
    await using _world = world;
    const confirmations = confirmationsOf(world);
    await ask(world, confirmations, candidate, series);
    await work(world, workers, takes);
    expect(outcomes(world)).toEqual([outcome]);
    expect(await ask(world, confirmations, candidate, series)).toBe(false);
    expect(await work(world, workers, takes)).toEqual([]);
  }
});

test("a later leader goes on where the one before it stopped", async () => {
  const { world, workers, series, candidate } = await open();
  await using _world = world;
  const first = confirmationsOf(world);
  await ask(world, first, candidate, series);
  const takes = (commit: string) => (commit === bad ? 130 : 100);
  const before = await work(world, workers, takes, 5);
  first.close();
  await world.restart();
  confirmationsOf(world);
  const after = await work(world, workers, takes);
  expect(outcomes(world)).toEqual([["different", null]]);
  expect(before.length + after.length).toBe(12);
});

test("where it is off, cannot be done, or the series itself shows enough, it is told at once", async () => {
  const { world, series, candidate, candidateFor } = await open();
  await using _world = world;
  expect(await ask(world, confirmationsOf(world, { "trends-confirm": false }), candidate, series)).toBe(true);
  const confirmations = confirmationsOf(world);
  const later = Array.from({ length: 5 }, (_, at) => ({ value: 100, at_ms: 10 + at, commit: `c${at}` }));
  expect(await ask(world, confirmations, candidate, { ...series, points: [...series.points, ...later] })).toBe(true);
  expect(await ask(world, confirmations, candidateFor({ lastGood: undefined }), series)).toBe(true);
  const shared = await open(() => ({ workspace: { kind: "dir", path: "/work" } }));
  await using _shared = shared.world;
  expect(await ask(shared.world, confirmationsOf(shared.world), shared.candidate, shared.series)).toBe(true);
});

test("beyond what may run in a day it gives up, and what finds no room at once waits for it", async () => {
  const { world, workers, series, candidate, candidateFor } = await open();
  await using _world = world;
  const confirmations = confirmationsOf(world, { "trends-confirm-runs": 3, "trends-confirm-at-once": 1 });
  await ask(world, confirmations, candidate, series);
  // The other way about it is another suspicion.
  const other = candidateFor({ lastGood: bad, firstBad: good });
  expect(await ask(world, confirmations, other, series)).toBe(false);
  expect(world.inside.queries.confirmations.open()).toHaveLength(1);
  expect(confirmations.takeHeld()).toEqual([[1, "default"]]);
  const ran = await work(world, workers, () => 100);
  expect(ran.length).toBeLessThanOrEqual(4);
  expect(outcomes(world)).toEqual([["unknown", "no more runs may be made for it today"]]);
});

test("what is measured again is listed a page at a time, the newest first, also of those that began at once", async () => {
  const { world } = await open();
  await using _world = world;
  const { ledger, queries } = world.inside;
  const run = queries.runs.running()[0]?.id ?? queries.confirmations.runOf(1, good)?.run;
  if (run === undefined) throw new Error("no run");
  const idOf = (at: number) => `c-${String(at).padStart(16, "0")}`;
  const begun = (at: number, about: object = {}) => ({
    type: "ConfirmationBegun" as const,
    confirmation: idOf(at),
    project: "default",
    series: 1,
    good,
    bad,
    good_run: run,
    bad_run: run,
    machines: ["one"],
    ...about,
  });
  await ledger.append([begun(1), begun(2), begun(3)]);
  world.clock.advance(10);
  await ledger.append([
    begun(4, { series: 99, bad: commitOf("d") }),
    begun(5, { project: "other" }),
    { type: "ConfirmationEnded", confirmation: idOf(2), decision: "same", p: 0.4 },
  ]);
  const pages: string[][] = [];
  let before: string | undefined;
  do {
    const page = queries.confirmations.list({}, before, 2);
    pages.push(page.confirmations.map(({ id }) => id));
    before = page.next;
  } while (before !== undefined && pages.length < 9);
  expect(pages).toEqual([[idOf(4), idOf(3)], [idOf(2), idOf(1)], []]);
  const [gone, third, second] = queries.confirmations.list({}, undefined, 9).confirmations;
  expect(gone).not.toHaveProperty("about");
  expect(third).toMatchObject({ about: { test: "unit:a.test.js", case: "" }, machines: ["one"] });
  expect(third).not.toHaveProperty("decision");
  expect(second).toMatchObject({ decision: "same", p: 0.4 });
  expect(queries.confirmations.list({ commit: commitOf("d") }, undefined, 9).confirmations).toHaveLength(1);
  expect(queries.confirmations.list({ series: 1 }, undefined, 9).confirmations).toHaveLength(3);
});
