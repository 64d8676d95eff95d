import { detectEnvironment, type Environment } from "@shardwright/ci";
import { ShardwrightError, type MatrixJob } from "@shardwright/core";
import type { Settings } from "../config/resolve.ts";

type Asked = Pick<Settings, "index" | "total">;

/**
 * Which of a pipeline's jobs this is: by its flags, by GitLab's variables (other systems and people set them, too), or by those of the CI
 * system it runs in; undefined where none says, and where the only one it could be is the first of one.
 * @throws ShardwrightError `usage` for half of it, and for an index beyond the total
 */
export function matrixJob(settings: Asked, environment: Environment): MatrixJob | undefined {
  const total = jobCount(settings, environment);
  const told = jobIndex(settings, environment);
  if (total === undefined && told === undefined) return undefined;
  const said = [settings.index, settings.total, environment.CI_NODE_INDEX || undefined, environment.CI_NODE_TOTAL || undefined];
  // Systems count jobs that nobody has multiplied as well: several of them would all be the first of one.
  if (total === 1 && said.every((value) => value === undefined)) return undefined;
  // A job of GitLab's that has no like is told that there is one of it, and not that it is the first.
  const index = told ?? (total === 1 ? 0 : undefined);
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

/** How many like jobs there are. @throws ShardwrightError `usage` for what is no number */
export function jobCount({ total }: Asked, environment: Environment): number | undefined {
  return total ?? nodeNumber("CI_NODE_TOTAL", environment) ?? detectEnvironment(environment).job?.total;
}

/** Which of them this is, from 0. @throws ShardwrightError `usage` for what is no number */
export function jobIndex({ index, total }: Asked, environment: Environment): number | undefined {
  if (index !== undefined) return index;
  const fromOne = nodeNumber("CI_NODE_INDEX", environment);
  if (fromOne !== undefined) return fromOne - 1;
  const count = total ?? nodeNumber("CI_NODE_TOTAL", environment);
  const { job } = detectEnvironment(environment);
  // A place among two says nothing of a place among four.
  return count === undefined || count === job?.total ? job?.index : undefined;
}

/** A variable of GitLab's, which counts from 1. @throws ShardwrightError `usage` when it is no such number */
function nodeNumber(name: "CI_NODE_INDEX" | "CI_NODE_TOTAL", environment: Environment): number | undefined {
  const text = environment[name];
  if (text === undefined || text === "") return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new ShardwrightError("usage", {
    problem: `${name} is ${text}, and should be a whole number from 1.`,
    remedy: "Pass --total and --index (from 0), which it stands in for.",
  });
}
