import type { RunReport } from "@shardwright/core";
import { expect, test } from "vitest";
import { publicationOf } from "./publication.ts";

const reportOf = (account: object, cases: object) =>
  ({
    verdict: "failed",
    tasks: [],
    reason: "In unit: Coverage for lines (60%) does not meet global threshold (90%)",
    account: { discovered: 3, passed: 0, failed: 0, errored: 0, ...account },
    cases: { total: 4, passed: 4, failed: 0, errored: 0, skipped: 0, flaky: 0, ...cases },
  }) as unknown as RunReport;

test("a run that no test has failed is called by what it failed for", () => {
  expect(publicationOf(reportOf({ passed: 3 }, {})).title).toBe(
    "In unit: Coverage for lines (60%) does not meet global threshold (90%)",
  );
  expect(publicationOf(reportOf({ passed: 2, failed: 1 }, {})).title).toBe("1 file failed");
  expect(publicationOf(reportOf({ passed: 2, failed: 1 }, { passed: 3, failed: 1 })).title).toBe("1 of 4 tests failed");
});
