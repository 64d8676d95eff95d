import type { QuarantineEntry } from "@shardwright/core";
import type { Queries } from "../database/queries.ts";
import { flakyCases } from "./flaky.ts";

/** What a rule takes into quarantine: the cases of a project that flip as good as surely more often than in that share of their runs. */
export function flakyAbove(queries: Queries, project: string, threshold: number, now_ms: number): QuarantineEntry[] {
  const { cases } = flakyCases(queries, project, now_ms);
  return cases
    .filter(({ posterior }) => posterior.low > threshold)
    .map(({ test, posterior, flips, observations }) => ({
      origin: "rule",
      test,
      reason: `it flipped in ${flips} of ${observations} runs: its probability to is as good as surely above ${percent(posterior.low)}, and the limit is ${percent(threshold)}`,
    }));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
