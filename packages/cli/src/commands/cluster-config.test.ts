import { expect, test } from "vitest";
import { describeConfiguration } from "./cluster-config.ts";

test("each setting is told with its value and where that comes from", () => {
  const text = describeConfiguration([
    { key: "quota", value: ["shop=8", "*=32"], origin: "shared", set_at_ms: Date.UTC(2026, 10, 27, 18, 21, 59) },
    { key: "max-retries", value: 3, origin: "flag" },
    { key: "auto-recovery", value: false, origin: "default" },
    { key: "tags", value: [], origin: "default" },
  ]);
  expect(text.split("\n")).toEqual([
    "quota          shop=8 *=32  shared since 2026-11-27 18:21 UTC",
    "max-retries    3            flag",
    "auto-recovery  false        default",
    "tags           none         default",
  ]);
});
