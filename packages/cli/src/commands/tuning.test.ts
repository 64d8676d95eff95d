import { expect, test } from "vitest";
import { describeTuning } from "./tuning.ts";

const at_ms = Date.UTC(2026, 10, 27, 18, 21, 59);
const common = { describe: "what it is", objective: "what it costs", pinned: false, pause_blocks: 0 };
const batch = { ...common, parameter: "batch-length", unit: "s", default: 2, low: 0.25, high: 16 } as const;

test("each parameter is told with its bounds, and what happened to it last: why, and whether it helped", () => {
  const text = describeTuning({
    mode: "on",
    parameters: [
      {
        ...batch,
        value: 4,
        last: {
          phase: "kept",
          from: 2,
          to: 4,
          reason: "it helps: it costs 0.845 times what the old value does (p = 0.001)",
          evidence: { pairs: 12, tasks: 2412, ratio: 0.845, p: 0.001 },
          at_ms,
        },
      },
      {
        ...common,
        parameter: "concurrency",
        unit: "share",
        value: 0.75,
        default: 1,
        low: 0.25,
        high: 1,
        trial: { from: 1, to: 0.75, pairs: 1 },
        last: { phase: "trying", from: 1, to: 0.75, reason: "memory is short", at_ms },
      },
      {
        ...common,
        parameter: "retry-budget",
        unit: "share",
        value: 0.2,
        default: 0.2,
        low: 0.1,
        high: 0.5,
        pause_blocks: 24,
        last: { phase: "rolled-back", from: 0.3, to: 0.2, reason: "it does harm", at_ms },
      },
    ],
  });
  expect(text.split("\n")).toEqual([
    "Self-tuning is on.",
    "",
    "batch-length  4 s (default 2 s; from 0.25 s to 16 s)",
    "  what it is",
    "  2026-11-27 18:21 UTC: kept 4 s in place of 2 s: it helps: it costs 0.845 times what the old value does (p = 0.001); 12 pairs of blocks, 2,412 tests",
    "",
    "concurrency  75 % (default 100 %; from 25 % to 100 %)",
    "  what it is",
    "  on trial: 75 % beside 100 %, 1 pair of blocks compared so far",
    "  2026-11-27 18:21 UTC: began to try 75 % in place of 100 %: memory is short",
    "",
    "retry-budget  20 % (default; from 10 % to 50 %)",
    "  what it is",
    "  not tried again for 24 blocks of work",
    "  2026-11-27 18:21 UTC: went back from 30 % to 20 %: it does harm",
  ]);
});

test("a coordinator that does not tune itself says so", () => {
  const parameters = [{ ...batch, value: 2, pinned: true }];
  expect(describeTuning({ mode: "advise", parameters })).toContain("only advises");
  expect(describeTuning({ mode: "off", parameters })).toContain("is off");
  expect(describeTuning({ mode: "off", parameters })).toContain("batch-length  2 s (pinned; from 0.25 s to 16 s)");
});
