import { expect, test } from "vitest";
import type { CaseResult } from "@shardwright/core";
import { SecretMask } from "../output/secrets.ts";
import { cleanCase, droppedNote } from "./clean-case.ts";

const mask = new SecretMask(["hunter2-hunter2"]);
const measuring = (more: Partial<CaseResult>): CaseResult => ({
  path: ["a"],
  ordinal: 0,
  status: "passed",
  duration_ms: 1,
  retries: 0,
  ...more,
});

test("names, units and dimensions of what was measured are text: secrets in them are masked", () => {
  const { result, dropped } =
    cleanCase(
      measuring({
        metrics: [
          {
            name: "of hunter2-hunter2",
            value: 3,
            unit: "ms",
            better: "lower",
            replicates: [2, 4],
            dimensions: { key: "hunter2-hunter2" },
          },
        ],
        computed: [{ name: "hunter2-hunter2", values: [1], tolerance: { absolute: 0, relative: 0 } }],
      }),
      mask,
    ) ?? {};
  expect(dropped).toEqual([]);
  expect(result?.metrics).toEqual([
    { name: "of ***", value: 3, unit: "ms", better: "lower", replicates: [2, 4], dimensions: { key: "***" } },
  ]);
  expect(result?.computed?.[0]?.name).toBe("***");
});

test("a measurement that is not finite costs itself, not the case, and is named in a note", () => {
  const bad = measuring({ metrics: [{ name: "hunter2-hunter2", value: Number.NaN, unit: "", better: "lower" }] });
  const { result, dropped = [] } = cleanCase(bad, mask) ?? {};
  expect(result).toEqual(measuring({}));
  expect(droppedNote(bad, dropped, mask)).toBe('Left out of a: the metric "***": value: not a finite number');
});
