import { createHash } from "node:crypto";
import { type Submission, type Task, manifestText, readDimensions, submissionSchema, workerTag } from "@shardwright/core";
import type { Queries } from "../../database/queries.ts";
import type { SeriesRow } from "../../database/queries/trend-alerts.ts";
import type { ConfirmationRow } from "../../database/queries/trend-confirmations.ts";
import { toTask } from "../../database/queries/tasks.ts";
import type { NextMeasurement } from "./progress.ts";

/** After all else, and in the time that is left over. */
const priority = 0;
const timeout_ms = 1_800_000;

/**
 * One more run of the file of a series, at one of its commits, as that commit's own run had it.
 * @returns why there is none
 */
export function measurementFor(
  { runs, tasks }: Pick<Queries, "runs" | "tasks">,
  row: ConfirmationRow,
  series: SeriesRow,
  { run_key, side, machine }: NextMeasurement,
): Submission | string {
  const id = side === "good" ? row.good_run : row.bad_run;
  const run = runs.byId(id);
  if (run === undefined || run.workspace.kind !== "git") return `the run that measured ${row[side].slice(0, 12)} is gone`;
  const { browser } = readDimensions(series.dimensions);
  const found = tasks
    .ofRun(id)
    .find((one) => one.file_key === series.test && one.repeat === null && (one.browser === null || one.browser === browser));
  const suite = run.suites.find(({ name }) => name === found?.suite);
  if (found === undefined || suite === undefined) return `${series.test} was not in the run at ${row[side].slice(0, 12)}`;
  const { part: _part, repeat: _repeat, requirements, ...rest } = toTask(found);
  const tags = [...(requirements.tags ?? []), workerTag(machine)];
  // Of a file in parts, the whole.
  const task: Task = { ...rest, key: series.test, requirements: { ...requirements, tags } };
  const submission = submissionSchema.safeParse({
    project: row.project,
    run_key,
    context: { commit: row[side] },
    workspace: run.workspace,
    suites: [suite],
    tasks: [task],
    manifest_hash: createHash("sha256")
      .update(manifestText({ tasks: [task], suites: [suite] }))
      .digest("hex"),
    options: {
      max_retries: 0,
      timeout_ms,
      task_timeout_ms: Math.min(timeout_ms, run.options.task_timeout_ms),
      task_timeout_multiplier: 0,
      speculation: false,
      priority,
      purpose: "measurement",
    },
  });
  return submission.success ? submission.data : submission.error.issues.map(({ message }) => message).join("; ");
}
