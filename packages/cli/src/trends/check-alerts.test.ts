import type { JudgeAnswer, TrendAlert } from "@shardwright/core";
import { describe, expect, test } from "vitest";
import { openAlert } from "./alert.test-data.ts";
import { alertLines } from "./alert-lines.ts";
import { checkAlerts, type CheckedAlerts } from "./check-alerts.ts";
import { markdownOf } from "./comment-on-check.ts";

const judged: JudgeAnswer = { watching: true, settled: true, branches: ["main"], series: 40, judgeable: 12 };
const hostile = openAlert.series.map((shown) => ({ ...shown, case: "adds\u001B[31m\nall", last_good: "c39" }));
const alert = (more: Partial<TrendAlert> = {}): TrendAlert => ({ ...openAlert, project: "default", series: hostile, ...more });
const check = (more: Partial<CheckedAlerts>) =>
  checkAlerts({ project: "default", judged, alerts: [], failOn: "regression", allowEmpty: false, ...more });

describe("the gate", () => {
  test.each([
    ["an open regression", {}, [1, 1, 0]],
    ["one that somebody looks after", { state: "acknowledged" }, [0, 0, 0]],
    ["an improvement", { judgement: "improvement" }, [0, 1, 0]],
    ["what likely comes of the machines", { infrastructure: true }, [0, 1, 0]],
  ] as const)("%s", (_what, more, codes) => {
    const alerts = [alert(more)];
    expect((["regression", "any", "never"] as const).map((failOn) => check({ alerts, failOn }).code)).toEqual(codes);
  });

  test("is not green where nothing could be judged, unless that is allowed; where not all was, it never is", () => {
    expect(check({}).code).toBe(0);
    for (const empty of [{ judgeable: 0 }, { watching: false }]) {
      expect(check({ judged: { ...judged, ...empty } }).code).toBe(3);
      expect(check({ judged: { ...judged, ...empty }, allowEmpty: true }).code).toBe(0);
      expect(check({ judged: { ...judged, ...empty }, failOn: "never" }).code).toBe(0);
    }
    expect(check({ judged: { ...judged, settled: false }, allowEmpty: true }).code).toBe(3);
    expect(check({ judged: { ...judged, settled: false }, alerts: [alert()] }).code).toBe(1);
  });

  test("says what it looked at", () => {
    expect(check({ alerts: [alert({ state: "acknowledged" })] }).sentence).toBe(
      "No alert is open, and 1 other alert that it does not fail by: 12 of 40 series of the project default on main can be judged.",
    );
  });
});

test("an alert is told in lines that hold no control sequence", () => {
  expect(alertLines(alert({ by: "ann", note: "looking\nat it" }))).toEqual([
    "a-0123456789abcdef open: regression of 3 series by c40 on main",
    "  unit:cart.test.ts > adds all: duration +30 % (+28 % to +33 %), 100 to 130 ms, linux-x64-4cpu",
    "  and 2 more",
    "  ann: looking at it",
  ]);
  expect(alertLines(alert({ commits: ["c38", "c40"], last_good: "c37" }))[0]).toContain(
    "after c37 up to c40 (2 commits: c38, c40)",
  );
});

test("a comment is all indented, so that nothing in it is read as Markdown", () => {
  const lines = markdownOf({ sentence: "# [x](y)", alerts: Array.from({ length: 30 }, () => alert()) }).split("\n");
  expect(lines.filter((line) => line !== "" && !line.startsWith("    "))).toEqual(["### Performance trends"]);
  expect(lines.at(-2)).toBe("    and 10 more");
});
