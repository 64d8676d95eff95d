import { caseResultSchema } from "@shardwright/core";
import { expect, test } from "vitest";
import { identityOf, Outbox } from "./outbox.ts";

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
    for (const { event } of batch) if (event.type === "cases") sent.push(...event.cases.map((_, at) => event.first + at));
    sizes.push(JSON.stringify(batch.map(({ event }) => event)).length);
    outbox.settle();
  }
  expect(sent).toEqual(Array.from({ length: 100 }, (_, index) => index));
  expect(Math.max(...sizes)).toBeLessThan(4 * 1024 * 1024);
});
