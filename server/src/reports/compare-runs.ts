import {
  Comparing,
  type RunComparison,
  type RunReport,
  comparedFiles as filesOfReport,
  comparedRun,
  formatCount,
} from "@shardwright/core";
import type { Queries } from "../database/queries.ts";
import type { RunRow } from "../database/queries/runs.ts";
import { type BaseRuns, baseRunsOf } from "./base-runs.ts";
import { comparedFiles, comparedRow } from "./compared-runs.ts";

/** Cases of all runs of the base together that are read, the newest runs' first. */
const casesLimit = 500_000;
/** Comparisons that are kept: all jobs of a pipeline ask for the same one. */
const kept = 8;

const known = new WeakMap<Queries, Map<string, Promise<RunComparison>>>();

/** A run that has ended compared with its base; undefined where it has none. */
export function compareWithBase(queries: Queries, row: RunRow, report: RunReport): Promise<RunComparison | undefined> {
  const base = row.verdict === null ? undefined : baseRunsOf(queries, row);
  if (base === undefined) return Promise.resolve(undefined);
  const comparisons = known.get(queries) ?? new Map<string, Promise<RunComparison>>();
  known.set(queries, comparisons);
  const key = JSON.stringify([row, ...base.runs].map(({ id, ended_position, verdict }) => [id, ended_position, verdict]));
  const earlier = comparisons.get(key);
  if (earlier !== undefined) return earlier;
  const comparison = compareRuns(queries, report, base);
  comparisons.set(key, comparison);
  // What failed is not kept: whoever asked is told, and the next one may have more luck.
  comparison.catch(() => comparisons.delete(key));
  for (const oldest of [...comparisons.keys()].slice(0, -kept)) comparisons.delete(oldest);
  return comparison;
}

/** A run compared with others. */
export async function compareRuns(
  queries: Queries,
  report: RunReport,
  base: BaseRuns,
  limit: number = casesLimit,
): Promise<RunComparison> {
  const comparing = new Comparing(comparedRun(report), base.origin);
  for (const file of filesOfReport(report)) comparing.addHeadFile(file);
  let left = limit;
  for (const [index, row] of base.runs.entries()) {
    const entries = queries.comparison.entries(row.id);
    left -= entries.reduce((sum, { cases }) => sum + cases, 0);
    if (left < 0) {
      comparing.note(
        `Of ${formatCount(base.runs.length)} runs on the base the newest ${formatCount(index)} are looked at: they have ${formatCount(limit)} tests together.`,
      );
      break;
    }
    comparing.beginBase(comparedRow(row));
    for await (const file of comparedFiles(queries, row.id, entries)) comparing.addBaseFile(file);
  }
  return comparing.result();
}
