import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { SideChannel } from "./side-channel.ts";

function open(): { channel: SideChannel; write: (...lines: (object | string)[]) => void } {
  const root = mkdtempSync(join(tmpdir(), "shardwright-metrics-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const channel = new SideChannel(join(root, "m.jsonl"));
  const write = (...lines: (object | string)[]) =>
    appendFileSync(channel.path, lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join(""));
  return { channel, write };
}
const adds = { path: ["cart", "adds"], ordinal: 0 };
const latency = (value: number, more = {}) => ({ name: "latency", value, unit: "ms", ...more });

test("a line is of the case it names, or of the attempt", () => {
  const { channel, write } = open();
  expect(channel.forCase("a.js", adds)).toEqual([]);
  write(latency(1, { test: "adds" }), latency(2), latency(3, { test: "removes" }));
  expect(channel.forCase("a.js", adds)).toEqual([{ ...latency(1), better: "lower" }]);
  write(latency(4, { test: "adds" }));
  expect(channel.rest("a.js")).toEqual({
    metrics: [
      { ...latency(2), better: "lower" },
      { ...latency(3), better: "lower", dimensions: { case: "removes" } },
      { ...latency(4), better: "lower", dimensions: { case: "adds" } },
    ],
    notes: [],
  });
  expect(channel.rest("a.js")).toEqual({ metrics: [], notes: [] });
});

test("what a file that began sooner wrote is left to it", () => {
  const { channel, write } = open();
  write(latency(1, { file: "a.js" }), latency(2, { file: "/work/b.js", test: "adds" }));
  expect(channel.rest("a.js").metrics).toHaveLength(1);
  expect(channel.forCase("b.js", adds)).toMatchObject([{ value: 2 }]);
});

test("broken lines are named and left out", () => {
  const { channel, write } = open();
  write(latency(1), '{"name":"latency","value":NaN}', "half", latency(2), "x", "y", "z", "u", "v", "w");
  expect(channel.rest("a.js")).toEqual({
    metrics: [{ ...latency(1.5), better: "lower", replicates: [1, 2] }],
    notes: [
      "line 2 of the metrics holds what is no finite number; it was left out",
      "line 3 of the metrics is not JSON; it was left out",
      ...[5, 6, 7].map((line) => `line ${line} of the metrics is not JSON; it was left out`),
      "3 more lines of metrics are broken",
    ],
  });
});

test("lines, and bytes, have a limit for each attempt", () => {
  const { channel, write } = open();
  write(...Array.from({ length: 10_500 }, (_, at) => latency(at)));
  const { metrics, notes } = channel.rest("a.js");
  expect(metrics[0]?.replicates).toHaveLength(1000);
  expect(notes).toEqual(["more metrics than 10000 lines, or 4194304 bytes, were left out"]);
  write("x".repeat(5_000_000), latency(3));
  expect(channel.rest("a.js").metrics).toEqual([]);
  write(latency(7));
  expect(channel.rest("a.js").metrics).toMatchObject([{ value: 7 }]);
});
