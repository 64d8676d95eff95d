import { ShardwrightError } from "@shardwright/core";
import { expect, test } from "vitest";
import { recordedLog } from "../testing/recorded-log.ts";
import { ManualClock } from "../testing/world.ts";
import { RefusalLog } from "./refusal-log.ts";

test("each who is refused is told of once in a minute, and again for another reason", () => {
  const clock = new ManualClock();
  const lines: string[] = [];
  const refusals = new RefusalLog(clock, recordedLog(lines));
  const [other, token] = [new ShardwrightError("peer-untrusted"), new ShardwrightError("no-leader")];
  for (const error of [other, other, token]) refusals.tell("10.0.0.1", error);
  refusals.tell("10.0.0.2", other);
  expect(lines).toHaveLength(3);
  clock.advance(60_000);
  refusals.tell("10.0.0.1", other);
  expect(lines).toHaveLength(4);
});
