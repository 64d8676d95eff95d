import { type RunReport, ShardwrightError, type Task } from "@shardwright/core";
import type { Victim } from "./victim.ts";

/** Something that may run before the victim: a file, or a case of one. */
export interface Candidate {
  readonly file: string;
  readonly path?: readonly string[];
}

/** One invocation takes no more words. */
export const candidatesLimit = 900;

/** The files before the victim's in the order in which the suite lists them. */
export function listedBefore(victim: Victim, tasks: readonly Task[]): Candidate[] {
  const files = tasks.filter(({ suite }) => suite === victim.suite).map(({ file }) => file);
  return [...new Set(files.slice(0, files.indexOf(victim.file)))].map((file) => ({ file }));
}

/**
 * The files that ran before the victim in a run: on the same worker, where the report says who ran what when; else those before it in the
 * report, which is one process's. Of several attempts of the victim, the last that failed is meant.
 * @throws ShardwrightError `usage`
 */
export function ranBefore(victim: Victim, report: RunReport): Candidate[] {
  const place = report.tasks.findIndex(({ file }) => file === victim.file);
  const task = report.tasks[place];
  if (task === undefined)
    throw new ShardwrightError("usage", {
      problem: `${victim.file} did not run in ${report.run.key}.`,
      remedy: "Name a run or a report in which it failed.",
    });
  if (report.workers.length === 0) return report.tasks.slice(0, place).map(({ file }) => ({ file }));
  const attempt = task.attempts.findLast(({ status }) => status === "failed" || status === "errored") ?? task.attempts.at(-1);
  const before = report.tasks.flatMap(({ file, attempts }) =>
    attempts
      .filter(({ worker, started_ms }) => worker === attempt?.worker && started_ms < attempt.started_ms)
      .map(({ started_ms }) => ({ file, started_ms })),
  );
  const ordered = before.toSorted((a, b) => a.started_ms - b.started_ms).map(({ file }) => file);
  return [...new Set(ordered)].filter((file) => file !== victim.file).map((file) => ({ file }));
}

/** @throws ShardwrightError `usage` for none, and for more than one command line takes */
export function requireCandidates(candidates: readonly Candidate[], victim: Victim): void {
  if (candidates.length > 0 && candidates.length <= candidatesLimit) return;
  throw new ShardwrightError("usage", {
    problem:
      candidates.length === 0
        ? `Nothing runs before ${victim.file}, so that nothing can be to blame.`
        : `${candidates.length} files run before ${victim.file}; at most ${candidatesLimit} can be searched.`,
    remedy: "Say with --order-from in which run or report it failed after others, or choose files with --test-dir.",
  });
}
