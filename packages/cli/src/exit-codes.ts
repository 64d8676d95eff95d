import type { Verdict } from "@shardwright/core";

/** What `shardwright` exits with. Scripts rely on these numbers: they do not change. */
export const exitCodes = {
  passed: 0,
  failed: 1,
  usage: 2,
  infrastructure: 3,
  cancelled: 4,
} as const;

export const exitCodeMeanings: readonly { code: number; meaning: string }[] = [
  { code: exitCodes.passed, meaning: "every discovered test has a result and none failed" },
  { code: exitCodes.failed, meaning: "tests failed" },
  { code: exitCodes.usage, meaning: "the command line, the configuration or the suite is wrong; nothing was run" },
  {
    code: exitCodes.infrastructure,
    meaning: "errored or incomplete: the infrastructure failed, so nothing can be said of all tests",
  },
  { code: exitCodes.cancelled, meaning: "the run was cancelled" },
];

export function exitCodeFor(verdict: Verdict): number {
  switch (verdict) {
    case "passed":
      return exitCodes.passed;
    case "failed":
      return exitCodes.failed;
    case "errored":
    case "incomplete":
      return exitCodes.infrastructure;
    case "cancelled":
      return exitCodes.cancelled;
  }
}
