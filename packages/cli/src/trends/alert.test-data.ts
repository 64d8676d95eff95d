import type { TrendAlert } from "@shardwright/core";

/** A regression that three series show, one of which is named. */
export const openAlert: TrendAlert = {
  id: "a-0123456789abcdef",
  project: "shop",
  branch: "main",
  state: "open",
  judgement: "regression",
  infrastructure: false,
  commits: ["c40"],
  last_good: "c39",
  opened_at_ms: 0,
  changed_at_ms: 0,
  series_count: 3,
  series: [
    {
      series: 1,
      before: 100,
      after: 130,
      relative: { estimate: 0.3, low: 0.28, high: 0.33 },
      p: 1e-9,
      q: 1e-8,
      direction: "up",
      from_ms: 0,
      until_ms: 0,
      first_bad: "c40",
      test: "unit:cart.test.ts",
      case: "adds",
      name: "duration",
      unit: "ms",
      better: "lower",
      dimensions: {},
      hardware_class: "linux-x64-4cpu",
    },
  ],
};
