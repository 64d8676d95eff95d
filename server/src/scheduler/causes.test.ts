import type { CaseResult } from "@shardwright/core";
import { expect, test } from "vitest";
import { World, caseOf, submissionOf } from "../testing/world.ts";
import { causeOf } from "./causes.ts";

const gone = "page.click: Target page, context or browser has been closed";
const full = "ENOSPC: no space left on device, write";
const failing = (...messages: string[]): CaseResult[] =>
  messages.map((message, index) => ({ ...caseOf(`case ${index}`, "failed"), message }));

test.each([
  [[gone, gone], "browser-crash"],
  [[full], "infrastructure"],
  [[gone, full], undefined],
  [[gone, "expected 1 to be 2"], undefined],
  [["expected 1 to be 2"], undefined],
])("the cause is what all failed tests of an attempt tell: %j", (messages, cause) => {
  expect(causeOf(failing(...messages))).toBe(cause);
});

test.each([
  { batches: [[gone], [gone]], kind: "browser-crash", action: "elsewhere", charged: "machine" },
  { batches: [[gone], ["1 is not 2"]], kind: "assertion", action: "again", charged: "test" },
  { batches: [["1 is not 2"], [gone]], kind: "assertion", action: "again", charged: "test" },
])("an attempt whose browser died runs again elsewhere, in whatever order its tests are told of: $batches", async (told) => {
  await using world = await World.open();
  const one = await world.worker("one");
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js"]));
  const [lease] = await one.lease();
  if (lease === undefined) throw new Error("nothing was dealt");
  const base = { run, fence: lease.fence, task: 0, attempt: 1 };
  let first = 0;
  for (const messages of told.batches) {
    await one.send({ type: "cases", ...base, first, cases: failing(...messages).map((each) => ({ ...each, ordinal: first })) });
    first += messages.length;
  }
  const failure = { kind: "assertion" as const, message: "2 tests failed" };
  await one.send({ type: "finished", ...base, outcome: "failed", duration_ms: 5, failure, cases: first });
  const [attempt] = world.inside.queries.tasks.attempts(run);
  expect(attempt).toMatchObject({ failure: { kind: told.kind }, recovery: { action: told.action, charged: told.charged } });
});
