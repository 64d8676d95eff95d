import { expect, test } from "vitest";
import { RunModel } from "../run-model.ts";
import { sampleChart } from "../sample-chart.test-data.ts";
import { layOutRun } from "./lay-out.ts";

const laidOut = (...chart: Parameters<typeof sampleChart>) => layOutRun(new RunModel(sampleChart(...chart)), 900);

test("workers stand by their names, each with a row for what it does at once, and it is known which are whose", () => {
  const { lanes, rows, end_ms } = laidOut(
    ["w10", "w2"],
    [
      [0, 1, 0, 0, 400, "passed"],
      [1, 1, 0, 100, 300, "failed"],
      [1, 2, 1, 350, -1, "running", "retry"],
    ],
  );
  expect(lanes.map(({ worker, named, bars }) => [worker, named, bars.map(({ task }) => task)])).toEqual([
    ["w2", true, [1]],
    ["w10", true, [0]],
    ["w10", false, [1]],
  ]);
  expect(rows).toEqual([
    { from: 1, until: 3 },
    { from: 0, until: 1 },
  ]);
  expect(lanes[0]?.bars[0]).toMatchObject({ lane: 0, from_ms: 350, to_ms: 900, again: "retry" });
  expect(end_ms).toBe(900);
});

test("what was handed back as it came is no bar; what had begun is one", () => {
  const { lanes } = laidOut(
    ["one"],
    [
      [0, 1, 0, 0, 400, "passed"],
      [1, 1, 0, 200, 200, "released"],
      [2, 1, 0, 450, 500, "released"],
    ],
  );
  expect(lanes.map(({ bars }) => bars.map(({ task }) => task))).toEqual([[0, 2]]);
});

test("what follows one that had not begun is not marked as another attempt", () => {
  const { bars } = laidOut(
    ["one"],
    [
      [0, 1, 0, 200, 200, "released"],
      [0, 2, 0, 300, 400, "lost", "migrated"],
      [0, 3, 0, 500, 600, "passed", "migrated"],
    ],
  );
  expect(bars.map(({ attempt, again }) => [attempt, again])).toEqual([
    [2, undefined],
    [3, "retry"],
  ]);
});

test("a worker is lost where a mark or an attempt says so", () => {
  const { lanes } = laidOut(
    ["idle", "busy", "leaving"],
    [[0, 1, 1, 0, 400, "lost"]],
    [
      { at_ms: 300, kind: "worker", text: "", worker: 0, gone: "lost" },
      { at_ms: 300, kind: "worker", text: "", worker: 2, gone: "left" },
    ],
  );
  expect(lanes.map(({ worker, lost }) => [worker, lost])).toEqual([
    ["busy", true],
    ["idle", true],
    ["leaving", false],
  ]);
});
