import {
  type ConfirmationDecision,
  type Remeasurement,
  confirmDifference,
  confirmationLooks,
  measuredValue,
  measuringTurns,
  readDimensions,
} from "@shardwright/core";
import type { Queries } from "../../database/queries.ts";
import type { SeriesRow } from "../../database/queries/trend-alerts.ts";
import type { ConfirmationRow } from "../../database/queries/trend-confirmations.ts";

/** A run that is to be made next. */
export interface NextMeasurement {
  readonly run_key: string;
  readonly side: "good" | "bad";
  readonly machine: string;
}

export type Progress =
  | { readonly next: readonly NextMeasurement[] }
  | { readonly decision: ConfirmationDecision; readonly p: number; readonly relative?: number; readonly reason?: string };

type Reads = Pick<Queries, "runs" | "tasks">;

/** How far a confirmation has come, by the runs that were made for it: each machine makes one at a time, in turns. */
export function progressOf(queries: Reads, row: ConfirmationRow, series: SeriesRow): Progress {
  const { machines } = row;
  const good: Remeasurement[] = [];
  const bad: Remeasurement[] = [];
  const plans = machines.map(() => [] as number[]);
  const read = machines.map(() => 0);
  for (const [index, look] of confirmationLooks.entries()) {
    const next: NextMeasurement[] = [];
    let isWaiting = false;
    for (const [at, machine] of machines.entries()) {
      const plan = plans[at] ?? [];
      plan.push(
        ...measuringTurns(2, share(look, at, machines.length) - share(confirmationLooks[index - 1] ?? 0, at, machines.length)),
      );
      for (let ordinal = read[at] ?? 0; ordinal < plan.length; ordinal += 1) {
        const run_key = `confirm-${row.id}-${at}-${ordinal}`;
        const side = plan[ordinal] === 0 ? "good" : "bad";
        const found = resultOf(queries, row.project, run_key, series);
        if (found === undefined) {
          next.push({ run_key, side, machine });
          break;
        }
        if (found === "running") {
          isWaiting = true;
          break;
        }
        if ("problem" in found)
          return {
            decision: "unknown",
            p: 1,
            reason: `${row[side].slice(0, 12)} on ${machine}: ${found.problem}`.slice(0, 1024),
          };
        (side === "good" ? good : bad).push({ value: found.value, machine });
        read[at] = ordinal + 1;
      }
    }
    if (next.length > 0 || isWaiting) return { next };
    const { decision, p, relative } = confirmDifference(good, bad);
    if (decision !== "unknown" || index === confirmationLooks.length - 1)
      return {
        decision,
        p,
        ...(relative !== undefined && Number.isFinite(relative.estimate) && { relative: relative.estimate }),
      };
  }
  return { decision: "unknown", p: 1 };
}

/** So many of a side's measurements are this machine's: the first ones have one more. */
function share(times: number, at: number, machines: number): number {
  return Math.floor((times + machines - 1 - at) / machines);
}

function resultOf(
  { runs, tasks }: Reads,
  project: string,
  run_key: string,
  series: SeriesRow,
): { readonly value: number } | { readonly problem: string } | "running" | undefined {
  const run = runs.byKey(project, run_key);
  if (run === undefined) return undefined;
  if (run.status === "running") return "running";
  const attempt = tasks.attempts(run.id).at(-1);
  const [task] = tasks.ofRun(run.id);
  if (
    attempt === undefined ||
    task === undefined ||
    task.current !== attempt.attempt ||
    run.verdict === "incomplete" ||
    run.verdict === "cancelled"
  )
    return { problem: task?.reason ?? run.reason ?? "its run ended without a result" };
  const cases = tasks.cases(run.id).filter((one) => one.attempt === attempt.attempt);
  return measuredValue(
    {
      status: attempt.status,
      duration_ms: attempt.duration_ms,
      cases: cases.map(({ result }) => result),
      metrics: attempt.metrics ?? undefined,
      failure: attempt.failure ?? undefined,
    },
    { case: series.case_name, name: series.name, unit: series.unit, dimensions: readDimensions(series.dimensions) },
  );
}
