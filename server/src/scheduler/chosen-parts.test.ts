import {
  type DealingPolicy,
  type FailureKind,
  type RecoveryAction,
  type RecoveryStrategy,
  factVersions,
} from "@shardwright/core";
import { coordinatorPlugin, definePlugin, entriesOf, loadPlugins } from "@shardwright/plugin";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { usualParts } from "./chosen-parts.ts";
import { type FakeWorker, World, submissionOf } from "../testing/world.ts";

const names = ["a", "b", "c", "d", "e", "f"].map((name) => `${name}.test.js`);

async function worldWith(choose: DealingPolicy["choose"], decide: RecoveryStrategy["decide"] = () => "again"): Promise<World> {
  const plugin = definePlugin({
    name: "mine",
    version: "1.0.0",
    setup(api) {
      api.dealingPolicy({ name: "mine", choose });
      api.recoveryStrategy({ name: "mine", decide });
    },
  });
  const plugins = await loadPlugins(entriesOf([plugin]), { version: "0.1.0", root: "/" }, [coordinatorPlugin]);
  return World.open({}, factVersions, plugins);
}

function submit(world: World, options: { dealing?: string; recovery?: string; max_retries?: number }) {
  return world.scheduler.submit(submissionOf(names, { options }));
}

/** Runs all there is. @returns the files in the order in which they ran */
async function runAll(world: World, workers: readonly FakeWorker[], outcome: "passed" | "failed" = "passed"): Promise<string[]> {
  const ran: string[] = [];
  for (let idle = 0; idle < 20 && ran.length < 1000; idle += 1) {
    world.clock.advance(6000);
    for (const worker of workers) await worker.heartbeat();
    for (const worker of workers)
      for (const lease of await worker.lease()) {
        ran.push(...lease.tasks.map(({ spec }) => spec.file));
        await worker.run(lease, outcome);
        idle = 0;
      }
  }
  return ran;
}

const noticesOf = (world: World, run: string) =>
  world.inside.queries.tasks
    .notices(run)
    .filter(({ code }) => code === "plugin")
    .map(({ message }) => message);

test("a plugin's policy decides who gets what, by all that the built-in one knows", async () => {
  await using world = await worldWith(({ queues, task, worker, run }) => {
    expect(worker).toMatchObject({ name: "one", capabilities: { os: "linux", cpu: 2 } });
    expect(run.project).toBe("default");
    const [{ pending } = { pending: undefined }] = queues;
    const waiting: number[] = [];
    for (let next = pending?.first(); next !== undefined; next = pending?.after(next)) waiting.push(next);
    expect(waiting).toHaveLength(pending?.size ?? -1);
    // The last by name, one at a time.
    const [last] = waiting.sort((a, b) => task(b).file.localeCompare(task(a).file));
    return last === undefined ? undefined : { queue: 0, tasks: [last] };
  });
  const one = await world.worker("one");
  const { run } = await submit(world, { dealing: "mine" });
  expect(await runAll(world, [one])).toEqual(names.toReversed());
  expect(world.report(run).run?.verdict).toBe("passed");
  expect(noticesOf(world, run)).toEqual([]);
});

const nonsense: readonly [string, () => unknown][] = [
  [
    "out of order",
    () => {
      throw new Error("out of order");
    },
  ],
  ["it has to answer { queue, tasks }, or undefined", () => 7],
  ["it has to answer { queue, tasks }, or undefined", async () => ({ queue: 0, tasks: [0] })],
  ["there is no queue 3", () => ({ queue: 3, tasks: [0] })],
  ["there is no queue -1", () => ({ queue: -1, tasks: [0] })],
  ["it has to name at least one task", () => ({ queue: 0, tasks: [] })],
  ["task 99 does not wait in queue 0", () => ({ queue: 0, tasks: [99] })],
  ["task 0.5 does not wait in queue 0", () => ({ queue: 0, tasks: [0.5] })],
  ["it names task 1 twice", () => ({ queue: 0, tasks: [1, 1] })],
];

test.each(nonsense)(
  "a policy that fails (%s) is named once, and the built-in one deals the rest of the run",
  async (what, answer) => {
    let asked = 0;
    await using world = await worldWith(() => {
      asked += 1;
      return answer() as undefined;
    });
    const one = await world.worker("one");
    const { run } = await submit(world, { dealing: "mine" });
    expect((await runAll(world, [one])).toSorted()).toEqual(names);
    expect(world.report(run).run?.verdict).toBe("passed");
    expect(asked).toBe(1);
    expect(noticesOf(world, run)).toEqual([
      `The plugin mine failed in the dealing policy mine: ${what}. For the rest of this run, the one that comes with Shardwright is used.`,
    ]);
  },
);

test("a policy that holds up the leader is asked no more", async () => {
  let asked = 0;
  await using world = await worldWith(() => {
    asked += 1;
    world.clock.advance(1500);
    return undefined;
  });
  const one = await world.worker("one");
  const { run } = await submit(world, { dealing: "mine" });
  expect((await runAll(world, [one])).toSorted()).toEqual(names);
  expect(asked).toBe(1);
  expect(noticesOf(world, run).join()).toContain("it has taken 1.5 s to decide");
});

test("a policy that leaves everybody idle keeps no run from its end", async () => {
  await using world = await worldWith(() => undefined);
  const workers = [await world.worker("one"), await world.worker("two")];
  const { run } = await submit(world, { dealing: "mine" });
  const leases = await workers[0]?.lease();
  expect(leases).toHaveLength(1);
  // Something runs: now it is heard.
  expect(await workers[1]?.lease()).toEqual([]);
  for (const lease of leases ?? []) await workers[0]?.run(lease);
  await runAll(world, workers);
  expect(world.report(run).run?.verdict).toBe("passed");
});

test("what a policy does to what it is given changes nothing of the run", async () => {
  const tags: string[][] = [];
  const sizes: number[] = [];
  await using world = await worldWith(({ task, worker, warm, queues: [queue] }) => {
    const pending = queue?.pending;
    const first = pending?.first() ?? -1;
    Object.assign(task(first), { file: "/etc/passwd" });
    tags.push(worker.capabilities.tags);
    Object.assign(worker.capabilities, { tags: ["cuda"] });
    (warm as Set<string>).add("x");
    (pending as { remove?: (task: number) => void }).remove?.(first);
    sizes.push(pending?.size ?? -1);
    return { queue: 0, tasks: [pending?.first() ?? -1] };
  });
  const one = await world.worker("one");
  const { run } = await submit(world, { dealing: "mine" });
  expect((await runAll(world, [one])).toSorted()).toEqual(names);
  expect(tags).toEqual(names.map(() => ["python", "worker:one"]));
  expect(sizes).toEqual([6, 5, 4, 3, 2, 1]);
  expect(world.report(run).run?.verdict).toBe("passed");
  expect(noticesOf(world, run)).toEqual([]);
});

test("whatever a policy answers, each file is run once, and the run is green by all of them", async () => {
  const answers = fc.array(
    fc.oneof(
      fc.constant(undefined),
      fc.record({ queue: fc.integer({ min: -1, max: 2 }), tasks: fc.array(fc.integer({ min: -1, max: 7 }), { maxLength: 8 }) }),
      fc.record({ queue: fc.constant(0), tasks: fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 6 }) }),
    ),
    { maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(answers, async (story) => {
      const left = [...story];
      await using world = await worldWith(() => left.shift());
      const workers = [await world.worker("one"), await world.worker("two")];
      const { run } = await submit(world, { dealing: "mine" });
      expect((await runAll(world, workers)).toSorted()).toEqual(names);
      expect(world.report(run).run).toMatchObject({ verdict: "passed", account: { discovered: 6, passed: 6 } });
      expect(noticesOf(world, run).length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 15 },
  );
}, 120_000);

test("a plugin's strategy decides what is done for a file that failed, within the run's limits", async () => {
  const seen: { kind: FailureKind; failures: number; allowed: readonly RecoveryAction[]; file: string | undefined }[] = [];
  await using world = await worldWith(
    () => undefined,
    ({ kind, failures, allowed, task }) => {
      seen.push({ kind, failures, allowed, file: task?.file });
      return failures === 1 ? "afresh" : "again";
    },
  );
  const one = await world.worker("one");
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js"], { options: { recovery: "mine", max_retries: 2 } }));
  expect(await runAll(world, [one], "failed")).toHaveLength(3);
  expect(world.report(run).run?.verdict).toBe("failed");
  const allowed = ["again", "elsewhere", "afresh", "give-up"];
  expect(seen).toEqual([1, 2].map((failures) => ({ kind: "assertion", failures, allowed, file: "a.test.js" })));
  expect(world.inside.queries.tasks.attempts(run).map(({ recovery }) => recovery?.action)).toEqual([
    "afresh",
    "again",
    "give-up",
  ]);
});

test.each<[string, () => unknown]>([
  [
    "no idea",
    () => {
      throw new Error("no idea");
    },
  ],
  ['it has to answer again, elsewhere, afresh, give-up, and not "passed"', () => "passed"],
  ["it has to answer again, elsewhere, afresh, give-up, and not {}", async () => "again"],
])(
  "a strategy that fails (%s) is named once, and what comes with Shardwright recovers the rest of the run",
  async (what, decide) => {
    await using world = await worldWith(() => undefined, decide as () => RecoveryAction);
    const one = await world.worker("one");
    const { run } = await world.scheduler.submit(submissionOf(["a.test.js"], { options: { recovery: "mine", max_retries: 2 } }));
    expect(await runAll(world, [one], "failed")).toHaveLength(3);
    expect(world.report(run).run?.verdict).toBe("failed");
    expect(world.inside.queries.tasks.attempts(run).map(({ recovery }) => recovery?.action)).toEqual([
      "again",
      "elsewhere",
      "give-up",
    ]);
    expect(noticesOf(world, run)).toEqual([
      `The plugin mine failed in the recovery strategy mine: ${what}. For the rest of this run, the one that comes with Shardwright is used.`,
    ]);
  },
);

test("a run that asks for what is not there is refused, and no run remains", async () => {
  await using world = await worldWith(() => undefined);
  const submitting = submit(world, { dealing: "theirs", recovery: "agressive" });
  await expect(submitting).rejects.toMatchObject({ code: "bad-request" });
  await expect(submitting).rejects.toThrow(
    "options.dealing: the coordinator has no dealing policy theirs (it has longest-first, mine); options.recovery: the coordinator has no recovery strategy agressive (it has progressive, aggressive, minimal, mine)",
  );
  expect(world.inside.queries.runs.list({ limit: 10 }).runs).toEqual([]);
});

test("a leader without the plugin goes on with what comes with Shardwright, and says so", async () => {
  await using world = await worldWith(({ queues }) => ({ queue: 0, tasks: [queues[0]?.pending.first() ?? 0] }));
  const before = await world.worker("one");
  const { run } = await submit(world, { dealing: "mine", recovery: "mine" });
  for (const lease of await before.lease()) await before.run(lease);
  world.plugins = usualParts;
  await world.restart();
  expect((await runAll(world, [before])).length).toBe(5);
  expect(world.report(run).run?.verdict).toBe("passed");
  expect(noticesOf(world, run)).toEqual([
    "This coordinator has no dealing policy mine: the one that comes with Shardwright is used.",
  ]);
});
