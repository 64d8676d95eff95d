/** What a task may pass on to node:test. */
const known = /^--test-(?:only|(?:name|skip)-pattern=.+)$/s;

/**
 * A task's arguments, as node takes them.
 * @throws Error for an argument that node:test tasks do not have
 */
export function parseTaskArguments(args: readonly string[]): string[] {
  for (const arg of args)
    if (!known.test(arg))
      throw new Error(`A node:test task takes --test-name-pattern=, --test-skip-pattern= and --test-only, not ${arg}.`);
  return [...args];
}
