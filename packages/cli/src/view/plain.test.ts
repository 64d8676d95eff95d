import picocolors from "picocolors";
import { afterEach, expect, test, vi } from "vitest";
import { plainView } from "./plain.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("what stays silent is told of every 15 seconds at first, then ever more rarely, and at least once a minute", () => {
  vi.useFakeTimers();
  const lines: string[] = [];
  const view = plainView({ write: (text) => lines.push(text), colors: picocolors.createColors(false), provider: "none" });
  view.event({ type: "submitted", at_ms: 1000, tasks: 120 });
  lines.length = 0;
  vi.advanceTimersByTime(46_000);
  expect(lines).toEqual(["15.0", "30.0", "45.0"].map((seconds) => `  0/120 done, none failed (${seconds} s)\n`));
  vi.advanceTimersByTime(30 * 60_000);
  lines.length = 0;
  vi.advanceTimersByTime(10 * 60_000);
  expect(lines).toHaveLength(10);
  view.end();
  vi.advanceTimersByTime(10 * 60_000);
  expect(lines).toHaveLength(10);
});
