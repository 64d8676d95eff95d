import { ShardwrightError, type MatrixJob } from "@shardwright/core";
import type { Settings } from "../config/resolve.ts";

/**
 * Which of a pipeline's jobs this is, by its flags or GitLab's variables (other systems set them, too); undefined where neither says.
 * @throws ShardwrightError `usage` for half of it, and for an index beyond the total
 */
export function matrixJob(
  settings: Pick<Settings, "index" | "total">,
  environment: Readonly<Record<string, string | undefined>>,
): MatrixJob | undefined {
  const total = settings.total ?? nodeNumber("CI_NODE_TOTAL", environment);
  const fromOne = settings.index === undefined ? nodeNumber("CI_NODE_INDEX", environment) : undefined;
  // A job of GitLab's that has no like is told that there is one of it, and not that it is the first.
  const index = settings.index ?? (fromOne === undefined ? (total === 1 ? 0 : undefined) : fromOne - 1);
  if (index === undefined && total === undefined) return undefined;
  if (total === undefined)
    throw new ShardwrightError("usage", {
      problem: "The number of jobs is not known.",
      remedy: "Pass --total N, or set CI_NODE_TOTAL.",
    });
  if (index === undefined)
    throw new ShardwrightError("usage", {
      problem: `Which of the ${total} jobs this is, is not known.`,
      remedy: "Pass --index I, from 0, or set CI_NODE_INDEX, from 1.",
    });
  if (index < 0 || index >= total)
    throw new ShardwrightError("usage", {
      problem: `There is no job ${index} of ${total}.`,
      remedy: `--index runs from 0 to ${total - 1} (CI_NODE_INDEX from 1 to ${total}).`,
    });
  return { index, total };
}

/** The job, if it has any like it: one alone has no share of the tests but all. */
export function oneOfSeveral(job: MatrixJob | undefined): MatrixJob | undefined {
  return job !== undefined && job.total > 1 ? job : undefined;
}

/** A variable of GitLab's, which counts from 1. @throws ShardwrightError `usage` when it is no such number */
export function nodeNumber(
  name: "CI_NODE_INDEX" | "CI_NODE_TOTAL",
  environment: Readonly<Record<string, string | undefined>>,
): number | undefined {
  const text = environment[name];
  if (text === undefined || text === "") return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new ShardwrightError("usage", {
    problem: `${name} is ${text}, and should be a whole number from 1.`,
    remedy: "Pass --total and --index (from 0), which it stands in for.",
  });
}
