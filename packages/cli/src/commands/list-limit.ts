import { ShardwrightError } from "@shardwright/core";

/**
 * How many entries a list is to have, as its `--limit` says.
 * @param most that one answer can have
 * @param command as it is typed, for the remedy
 * @param flag which one it was, and the least that it takes
 * @throws ShardwrightError `usage`
 */
export function listLimit(given: string, most: number, command: string, { flag, least } = { flag: "--limit", least: 1 }): number {
  const limit = Number(given);
  if (Number.isInteger(limit) && limit >= least && limit <= most) return limit;
  throw new ShardwrightError("usage", {
    problem: `${flag} is a whole number from ${least} to ${most}, not ${given}.`,
    remedy: `See \`${command} --help\`.`,
  });
}
