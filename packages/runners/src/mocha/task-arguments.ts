/** What a task's arguments say to the host: named as on mocha's own command line. They replace what the project configured. */
export interface TaskArguments {
  readonly grep?: string;
  readonly fgrep?: string;
  readonly invert?: boolean;
}

/** @throws Error for an argument that mocha tasks do not have. */
export function parseTaskArguments(args: readonly string[]): TaskArguments {
  let parsed: TaskArguments = {};
  for (const arg of args) {
    const [, name, value] = /^--(grep|fgrep|invert)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === "invert" && value === undefined) parsed = { ...parsed, invert: true };
    else if ((name === "grep" || name === "fgrep") && value !== undefined) parsed = { ...parsed, [name]: value };
    else throw new Error(`A mocha task takes --grep=, --fgrep= and --invert, not ${arg}.`);
  }
  return parsed;
}
