import { expect, test } from "vitest";
import { planFor } from "../../packages/raft/sim/simulate.ts";
import { playCoordinators } from "./simulate.ts";

const seeds = Array.from({ length: 5 }, (_, at) => 30_001 + at);

test("no seed breaks a promise of the coordinators, and what can happen to them happens", async () => {
  const totals = new Map<string, number>();
  for (const seed of seeds) {
    const { violation, acknowledged, reads, counts } = await playCoordinators(planFor(seed));
    expect(violation, `seed ${seed}`).toBeUndefined();
    expect(Math.min(acknowledged, reads), `seed ${seed}`).toBeGreaterThan(0);
    for (const [what, count] of counts) totals.set(what, (totals.get(what) ?? 0) + count);
  }
  // What never happened was not tried.
  for (const what of [
    "died",
    "compacted",
    "snapshot-installed",
    "tables-compared",
    "RunSubmitted",
    "RunReopened",
    "RunCancelled",
    "RunEnded",
    "RunJudged",
    "RunsPurged",
    "TasksLeased",
    "TasksSettled",
    "CasesFinished",
    "AttemptFinished",
    "PublicationClaimed",
    "WorkerGone",
    "TokenRevoked",
  ])
    expect(totals.get(what) ?? 0, what).toBeGreaterThan(0);
});

test("a seed gives the same world again, message for message and row for row", async () => {
  const [first, second] = [await playCoordinators(planFor(30_011)), await playCoordinators(planFor(30_011))];
  expect(first.tables).toHaveLength(40);
  expect(second).toEqual(first);
});
