import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { onStopSignals } from "./stop-signals.ts";

test("one press that comes twice is one, a second press is a second", () => {
  const source = new EventEmitter();
  const seen: string[] = [];
  let now_ms = 1000;
  const release = onStopSignals({
    first: () => seen.push("first"),
    again: () => seen.push("again"),
    source,
    now_ms: () => now_ms,
  });
  source.emit("SIGINT");
  now_ms += 100;
  source.emit("SIGINT");
  source.emit("SIGTERM");
  expect(seen).toEqual(["first"]);
  now_ms += 1000;
  source.emit("SIGHUP");
  expect(seen).toEqual(["first", "again"]);
  release();
  expect(source.eventNames()).toEqual([]);
});
