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
  const total = settings.total ?? integer(environment.CI_NODE_TOTAL);
  const fromOne = integer(environment.CI_NODE_INDEX);
  const index = settings.index ?? (fromOne === undefined ? undefined : fromOne - 1);
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

export function integer(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && text !== "" && Number.isInteger(value) ? value : undefined;
}
