import { type RunChange, runChangeSchema } from "@shardwright/core";
import { expect, test } from "vitest";
import { World, submissionOf } from "../testing/world.ts";
import { RunChanges } from "./run-changes.ts";

/** A world, and what one who watches its runs is told. */
async function watched() {
  const world = await World.open();
  const { ledger, queries } = world.inside;
  const changes = new RunChanges({ ledger, queries, clock: world.clock });
  const watch = (project?: string, after?: number) => {
    let rung = 0;
    const source = changes.open({ project, after }, () => (rung += 1));
    const told = () => source.next().map(({ id, data = "" }) => ({ id, change: runChangeSchema.parse(JSON.parse(data)) }));
    return { source, told, wordsOf: () => told().map(({ change }) => wordOf(change)), rung: () => rung };
  };
  /** Lets the time pass in which changes are gathered, and those be looked up that came. */
  const pass = async (ms = 1000) => {
    world.clock.advance(ms);
    for (let turns = 0; turns < 20; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const submit = (run_key: string, project = "default", count = 2) =>
    world.scheduler.submit(
      submissionOf(
        Array.from({ length: count }, (_, index) => `${index}.test.js`),
        { run_key, project },
      ),
    );
  return { world, changes, watch, pass, submit };
}

const wordOf = (change: RunChange) =>
  change.type === "list" ? "list" : `${change.run.run_key} ${change.run.verdict ?? "running"} ${change.run.account.passed}`;

test("who watches is told of runs as they come and change, once a second, and of its project alone", async () => {
  const { world, changes, watch, pass, submit } = await watched();
  await using _ = world;
  const [all, shop] = [watch(), watch("shop")];
  await submit("one");
  await submit("two", "shop");
  expect(all.told()).toEqual([]);
  await pass();
  expect(all.wordsOf()).toEqual(["one running 0", "two running 0"]);
  expect(shop.wordsOf()).toEqual(["two running 0"]);
  expect(shop.rung()).toBe(1);
  const worker = await world.worker("a");
  for (let [lease] = await worker.lease(); lease !== undefined; [lease] = await worker.lease()) await worker.run(lease);
  await pass();
  expect(all.wordsOf().toSorted()).toEqual(["one passed 2", "two passed 2"]);
  await pass(60_000);
  expect(all.told()).toEqual([]);
  shop.source.close();
  expect(changes.watchers).toBe(1);
});

test("who comes back is told what has changed since, and where it is too much, that the list is to be asked for", async () => {
  const { world, watch, pass, submit } = await watched();
  await using _ = world;
  await submit("one");
  const { position } = world.inside.ledger;
  await submit("two");
  await submit("three", "shop");
  const [late, shop, current] = [
    watch(undefined, position),
    watch("shop", position),
    watch(undefined, world.inside.ledger.position),
  ];
  await pass(0);
  const told = late.told();
  expect(told.map(({ change }) => wordOf(change))).toEqual(["two running 0", "three running 0"]);
  expect(told.every(({ id }) => id === String(world.inside.ledger.position))).toBe(true);
  expect(shop.wordsOf()).toEqual(["three running 0"]);
  expect(current.told()).toEqual([]);
  const another = watch(undefined, position);
  await pass(0);
  expect(another.wordsOf()).toEqual(["two running 0", "three running 0"]);
  for (let index = 0; index < 201; index += 1) await submit(`many-${index}`, "default", 1);
  const after = watch(undefined, position);
  await pass();
  expect(after.wordsOf()).toContain("list");
  expect(late.wordsOf()).toEqual(["list"]);
});

test("of one who does not read only so much is kept", async () => {
  const { world, watch, pass, submit } = await watched();
  await using _ = world;
  const slow = watch();
  for (let turn = 0; turn < 11; turn += 1) {
    const made = await Promise.all(Array.from({ length: 100 }, (_each, index) => submit(`${turn}-${index}`, "default", 1)));
    await pass();
    await Promise.all(made.map(({ run }) => world.scheduler.cancel(run, "enough")));
  }
  const told = slow.told();
  expect(told.length).toBeLessThanOrEqual(1000);
  expect(told[0]?.change.type).toBe("list");
});

test("a run that is judged by its coverage after its end is told once more", async () => {
  const { world, watch, pass } = await watched();
  await using _ = world;
  const suites = [{ name: "unit", runner: "vitest", directory: ".", options: { coverage: true } }];
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js"], { suites, run_key: "one" }));
  const worker = await world.worker("a");
  for (const lease of await worker.lease()) await worker.run(lease);
  const all = watch();
  await world.scheduler.judgement(run, { verdict: "failed", reason: "too little is covered" });
  await pass();
  expect(all.wordsOf()).toEqual(["one failed 1"]);
});
