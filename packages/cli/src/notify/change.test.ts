import { describe, expect, test } from "vitest";
import { decide, type LastVerdict, type NotifyWhen } from "./change.ts";

const keys = (...names: string[]) => new Set(names);
const green: LastVerdict = { isGreen: true, failing: keys() };
const red: LastVerdict = { isGreen: false, failing: keys("a") };

function told(
  verdict: "passed" | "failed" | "errored" | "cancelled",
  failing: Set<string>,
  before: LastVerdict | undefined,
  when: NotifyWhen = "change",
) {
  const { change, isTold } = decide(verdict, failing, before, when);
  return isTold ? change : "-";
}

describe("by default, what has changed is told", () => {
  test.each([
    ["green to red", told("failed", keys("a"), green), "broke"],
    ["red to green", told("passed", keys(), red), "fixed"],
    ["red stays red, the same", told("failed", keys("a"), red), "-"],
    ["red stays red, less of it", told("failed", keys(), red), "-"],
    ["red stays red, others", told("failed", keys("b"), red), "more"],
    ["red stays red in another way", told("errored", keys("a"), red), "-"],
    ["red stays red, and what failed before is not known", told("failed", keys("a"), { isGreen: false }), "-"],
    ["green stays green", told("passed", keys(), green), "-"],
    ["red, and nothing is known", told("failed", keys("a"), undefined), "red"],
    ["green, and nothing is known", told("passed", keys(), undefined), "-"],
    ["cancelled", told("cancelled", keys(), green), "-"],
  ])("%s", (_name, is, should) => {
    expect(is).toBe(should);
  });
});

test("otherwise each red run is told, or every run", () => {
  expect(told("failed", keys("a"), red, "failure")).toBe("red");
  expect(told("cancelled", keys(), green, "failure")).toBe("broke");
  expect(told("passed", keys(), red, "failure")).toBe("-");
  expect(told("passed", keys(), green, "always")).toBe("green");
});

test("what is new is told apart", () => {
  expect([...decide("failed", keys("a", "b"), red, "change").newlyFailing]).toEqual(["b"]);
  expect([...decide("failed", keys("a"), undefined, "change").newlyFailing]).toEqual([]);
});
