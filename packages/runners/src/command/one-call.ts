import { ShardwrightError } from "@shardwright/core";

/**
 * The call of a framework that a script makes. To take the first of several for all of them would leave out the tests of the others, and
 * nobody would notice.
 * @throws ShardwrightError `usage` where it makes several that differ
 */
export function onlyCall<T extends object>(framework: string, script: string, calls: readonly T[]): T | undefined {
  const different = new Map(calls.map((call) => [JSON.stringify(call), call]));
  if (different.size > 1)
    throw new ShardwrightError("usage", {
      problem: `The script ‘${script}’ of package.json calls ${framework} ${different.size} times, with different arguments: one suite cannot stand for all.`,
      remedy:
        "Name a suite for each call in the configuration file, with what follows the framework's name as args in its options.",
    });
  return calls[0];
}
