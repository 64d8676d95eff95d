import { expect, test } from "vitest";
import { Shares } from "./shares.ts";

const run = { SHARDWRIGHT_RUN_ID: "r-1", PATH: "/bin" };

test("sessions of one suite and run share a thing, whatever tells their slots apart, and the last one closes it", async () => {
  const closed: string[] = [];
  const shares = new Shares<{ name: string; close: () => Promise<undefined> }>();
  const join = (environment: Record<string, string>, suite: unknown, name: string) =>
    shares.join(environment, suite, () => ({ name, close: async () => void closed.push(name) }));

  const first = join({ ...run, SHARDWRIGHT_SLOT: "0" }, ["unit"], "a");
  const second = join(
    { ...run, SHARDWRIGHT_SLOT: "1", SHARDWRIGHT_METRICS: "/1", SHARDWRIGHT_ARTIFACTS_DIR: "/a/1" },
    ["unit"],
    "b",
  );
  expect(second.thing).toBe(first.thing);
  const others = [
    join(run, ["other"], "c"),
    join({ ...run, SHARDWRIGHT_RUN_ID: "r-2" }, ["unit"], "d"),
    join({ ...run, PATH: "/usr/bin" }, ["unit"], "e"),
  ];
  expect(others.map(({ thing }) => thing.name)).toEqual(["c", "d", "e"]);

  await first.leave();
  expect(closed).toEqual([]);
  await second.leave();
  expect(closed).toEqual(["a"]);
  // Whoever comes now finds nothing of that.
  expect(join(run, ["unit"], "f").thing.name).toBe("f");
});

test("whoever leaves last is told what could not be put in order", async () => {
  const failure = { kind: "setup-error", message: "no server left" } as const;
  const shares = new Shares<{ close: () => Promise<typeof failure> }>();
  const join = () => shares.join(run, [], () => ({ close: async () => failure }));
  const [first, second] = [join(), join()];
  expect(await second.leave()).toBeUndefined();
  expect(await first.leave()).toEqual(failure);
});

test("what comes in the place of something waits until that is put in order", async () => {
  const events: string[] = [];
  const shares = new Shares<{ close: () => Promise<undefined> }>();
  const { promise: order, resolve: putInOrder } = Promise.withResolvers<undefined>();
  const join = (name: string, suite: string) =>
    shares.join(run, suite, (after) => {
      void after.then(() => events.push(`${name} may begin`));
      return { close: () => order.finally(() => events.push(`${name} is in order`)) };
    });
  const leaving = join("first", "unit").leave();
  join("second", "unit");
  join("other", "e2e");
  await new Promise((resolve) => setImmediate(resolve));
  expect(events).toEqual(["first may begin", "other may begin"]);
  putInOrder(undefined);
  await leaving;
  await new Promise((resolve) => setImmediate(resolve));
  expect(events.slice(2)).toEqual(["first is in order", "second may begin"]);
});
