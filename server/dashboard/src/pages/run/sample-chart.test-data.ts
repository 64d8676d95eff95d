import { type AttemptStatus, type RunChart, attemptCauses, attemptStatusSchema } from "@shardwright/core";

type Row = readonly [
  task: number,
  attempt: number,
  worker: number,
  start_ms: number,
  end_ms: number,
  outcome: AttemptStatus,
  cause?: RunChart["causes"][number],
];

const outcomes = attemptStatusSchema.options;

/** A run of three files on workers that are called so, submitted at 1000. */
export function sampleChart(workers: readonly string[], rows: readonly Row[], marks: RunChart["marks"] = []): RunChart {
  return {
    run: "r-0000000000000001",
    status: "running",
    submitted_at_ms: 1000,
    duration_ms: 900,
    workers: workers.map((name, place) => ({ id: `w-000000000000000${place}`, name, hardware_class: "linux-x64-2cpu" })),
    tasks: { file: ["a.test.ts", "b.test.ts", "c.test.ts"], status: ["pending", "pending", "pending"], parts: [] },
    attempts: {
      task: rows.map(([task]) => task),
      attempt: rows.map(([, attempt]) => attempt),
      worker: rows.map(([, , worker]) => worker),
      start_ms: rows.map(([, , , start_ms]) => start_ms),
      end_ms: rows.map(([, , , , end_ms]) => end_ms),
      outcome: rows.map(([, , , , , outcome]) => outcomes.indexOf(outcome)),
      cause: rows.map(([, , , , , , cause = "first"]) => attemptCauses.indexOf(cause)),
    },
    outcomes: [...outcomes],
    causes: [...attemptCauses],
    marks,
    left_out: { attempts: 0, marks: 0 },
  };
}
