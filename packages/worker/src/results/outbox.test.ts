import { caseResultSchema } from "@shardwright/core";
import { expect, test } from "vitest";
import { type AttemptIdentity as Attempt, identityOf, Outbox } from "./outbox.ts";

test("an attempt that ends before any of it was taken travels in one event", async () => {
  const outbox = new Outbox({ linger_ms: 1e6, casesInEvent: 2, now_ms: () => 77 });
  const [short, long] = [1, 2].map((task) => identityOf("r-0123456789abcdef", 1, { task, attempt: 1 })) as [Attempt, Attempt];
  const named = (name: string) => caseResultSchema.parse({ path: [name], status: "passed", duration_ms: 1 });
  for (const attempt of [short, long]) outbox.started(attempt);
  void outbox.addCase(short, 0, named("a"));
  for (const index of [0, 1, 2]) void outbox.addCase(long, index, named(String(index)));
  outbox.finished(short, 1, { outcome: "passed", duration_ms: 1 });
  outbox.finished(long, 3, { outcome: "passed", duration_ms: 1 });
  const end = { type: "finished", outcome: "passed", duration_ms: 1, ended_at_ms: 77 };
  expect((await outbox.take())?.map(({ event }) => event)).toEqual([
    { type: "cases", ...long, first: 0, cases: [named("0"), named("1")] },
    { ...end, ...short, cases: 1, last: [named("a")] },
    { ...end, ...long, cases: 3, last: [named("2")] },
  ]);
  outbox.settle();
  await outbox.flush();
  outbox.started(short);
  void outbox.addCase(short, 0, named("a"));
  outbox.close();
  expect(await outbox.take()).toHaveLength(2);
  // What is under way already is not told again.
  outbox.finished(short, 1, { outcome: "passed", duration_ms: 1 });
  outbox.settle();
  expect((await outbox.take())?.map(({ event }) => event)).toEqual([{ ...end, ...short, cases: 1 }]);
});

test("cases that say much travel in several requests, each small enough for every coordinator", async () => {
  const outbox = new Outbox({ linger_ms: 1e6 });
  const attempt = identityOf("r-0123456789abcdef", 1, { task: 0, attempt: 1 });
  const text = "x".repeat(65_000);
  const talkative = caseResultSchema.parse({
    path: ["a"],
    status: "failed",
    duration_ms: 1,
    message: text,
    details: text,
    output: text,
  });
  for (let index = 0; index < 100; index += 1) void outbox.addCase(attempt, index, talkative);
  outbox.finished(attempt, 100, { outcome: "failed", duration_ms: 1 });
  outbox.close();
  const sent: number[] = [];
  const sizes: number[] = [];
  for (let batch = await outbox.take(); batch !== undefined; batch = await outbox.take()) {
    for (const { event } of batch) {
      if (event.type === "cases") sent.push(...event.cases.map((_, at) => event.first + at));
      if (event.type === "finished") sent.push(...(event.last ?? []).map((_, at, last) => event.cases - last.length + at));
    }
    sizes.push(JSON.stringify(batch.map(({ event }) => event)).length);
    outbox.settle();
  }
  expect(sent).toEqual(Array.from({ length: 100 }, (_, index) => index));
  expect(Math.max(...sizes)).toBeLessThan(4 * 1024 * 1024);
});
