/** What a task's arguments say to the host: named as on vitest's own command line. */
export interface TaskArguments {
  readonly project?: string | undefined;
  /** The file's types are checked; it is not run. */
  readonly typecheck: boolean;
  /** Only cases whose full name matches this regular expression run. */
  readonly testNamePattern?: string | undefined;
}

export function toTaskArguments(project: string | undefined, typecheck: boolean): string[] {
  return [...(project === undefined ? [] : [`--project=${project}`]), ...(typecheck ? ["--typecheck"] : [])];
}

/** @throws Error for an argument that vitest tasks do not have. */
export function parseTaskArguments(args: readonly string[]): TaskArguments {
  let project: string | undefined;
  let testNamePattern: string | undefined;
  let typecheck = false;
  for (const arg of args) {
    const [, name, value] = /^--([\w-]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === "project" && value !== undefined) project = value;
    else if (name === "testNamePattern" && value !== undefined) testNamePattern = value;
    else if (name === "typecheck" && value === undefined) typecheck = true;
    else throw new Error(`A vitest task takes --project=, --testNamePattern= and --typecheck, not ${arg}.`);
  }
  return { project, typecheck, testNamePattern };
}
