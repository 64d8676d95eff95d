import { expect, test } from "vitest";
import { noRecovery, retryOnly } from "./baselines.ts";
import { lowerBound_ms } from "./bound.ts";
import { faults, struckWorld } from "./faults.ts";
import { production } from "./production.ts";
import { simulate } from "./simulate.ts";
import { type World, drawWorld } from "./world.ts";

/** A world of few files, in which there is time for many of them. */
function smallWorld(seed: number, change: (world: World) => World = (world) => world): World {
  const world = drawWorld(seed);
  return change({ ...world, files: world.files.slice(0, 40) });
}

const policies = [noRecovery, retryOnly, production()];

test.each(policies)("under $name a run without faults is right, repeats nothing and beats no bound", async (policy) => {
  for (const seed of [1, 2, 3]) {
    const outcome = await simulate(smallWorld(seed), policy);
    expect(outcome, `seed ${seed}`).toMatchObject({ wrong: undefined, hasEnded: true });
    // A file that fails is run again.
    if (seed !== 3) expect(outcome, `seed ${seed}`).toMatchObject({ misnamed: 0 });
    expect(outcome.makespanRatio, `seed ${seed}`).toBeGreaterThanOrEqual(1);
  }
});

test("one seed is one run", async () => {
  const fault = faults.find(({ name }) => name === "flapping worker");
  if (fault === undefined) throw new Error("there is no such fault");
  const once = () => simulate(struckWorld(fault, 5), production());
  expect(await once()).toEqual(await once());
});

test("each policy does with a lost worker what it says", async () => {
  const dies = (world: World) => ({
    ...world,
    machines: world.machines.map((machine, index) =>
      index > 0 ? machine : { ...machine, absences: [{ from_ms: 3000, until_ms: Infinity, how: "killed" as const }] },
    ),
  });
  const [none, retried, recovered] = await Promise.all(policies.map((policy) => simulate(smallWorld(2, dies), policy)));
  expect(none).toMatchObject({ wrong: "red", misnamed: 1 });
  expect(retried).toMatchObject({ wrong: undefined, misnamed: 1 });
  expect(recovered).toMatchObject({ wrong: undefined, misnamed: 0 });
  expect(recovered?.wasted).toBeGreaterThan(0);
});

test("a file that is run on a machine whose disk is full fails there, whatever it is", async () => {
  const sick = (world: World) => ({
    ...world,
    machines: world.machines.map((machine) => ({ ...machine, sick: { from_ms: 0, how: "disk" as const } })),
  });
  const outcome = await simulate(smallWorld(2, sick), noRecovery);
  expect(outcome).toMatchObject({ wrong: "red", misnamed: 40 });
});

test("the bound counts what is there, at the speed that it has", () => {
  const machine = { cpus: 1, speed: 1, slower: undefined, sick: undefined, absences: [], restart_ms: 0 };
  const file = { key: "a", suite: "s", bytes: 1, work_ms: 6000, truth: "passes" as const, flakiness: 0 };
  const world: World = { ...drawWorld(1), files: [file, file, file], machines: [machine, { ...machine, speed: 2 }] };
  const bound = (change: Partial<World>) => lowerBound_ms({ ...world, ...change });
  expect(bound({})).toBe(6000);
  const away = (from_ms: number, until_ms: number) => [{ from_ms, until_ms, how: "killed" as const }];
  expect(bound({ machines: [machine, { ...machine, speed: 2, absences: away(2000, Infinity) }] })).toBe(14_000);
  expect(bound({ machines: [machine, { ...machine, speed: 2, absences: away(2000, 4000) }] })).toBeCloseTo(7333.333);
  expect(bound({ machines: [machine, { ...machine, speed: 2, sick: { from_ms: 2000, how: "disk" } }] })).toBe(14_000);
  expect(bound({ machines: [machine, { ...machine, speed: 2, slower: { from_ms: 2000, factor: 10 } }] })).toBe(12_000);
  expect(bound({ files: [file, file, { ...file, truth: "kills" }] })).toBe(4000);
  const outage = { from_ms: 1000, until_ms: 3000, struck: new Set([0, 1, 2]), message: "" };
  expect(bound({ outage })).toBe(8000);
  expect(bound({ outage: { ...outage, struck: new Set([0]) } })).toBe(6000);
});
