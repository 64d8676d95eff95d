import { ShardwrightError } from "@shardwright/core";

/**
 * How many entries a list is to have, as its `--limit` says.
 * @param most that one answer can have
 * @param command as it is typed, for the remedy
 * @throws ShardwrightError `usage`
 */
export function listLimit(given: string, most: number, command: string): number {
  const limit = Number(given);
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return limit;
  throw new ShardwrightError("usage", {
    problem: `--limit is a whole number from 1 to ${most}, not ${given}.`,
    remedy: `See \`${command} --help\`.`,
  });
}
