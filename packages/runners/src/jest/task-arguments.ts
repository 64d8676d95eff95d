/** What a task's arguments say to the host: named as on jest's own command line, where it has such a name. */
export interface TaskArguments {
  /** The project that runs the file; the only one when absent. */
  readonly project?: string | undefined;
  /** Only cases whose full name matches this regular expression run. */
  readonly testNamePattern?: string | undefined;
  /** The file is a snapshot file without a test file; there is nothing to run, and jest calls it a failure. */
  readonly obsoleteSnapshot: boolean;
}

export function toTaskArguments(project: string | undefined, obsoleteSnapshot = false): string[] {
  return [...(project === undefined ? [] : [`--project=${project}`]), ...(obsoleteSnapshot ? ["--obsoleteSnapshot"] : [])];
}

/** @throws Error for an argument that jest tasks do not have. */
export function parseTaskArguments(args: readonly string[]): TaskArguments {
  let project: string | undefined;
  let testNamePattern: string | undefined;
  let obsoleteSnapshot = false;
  for (const arg of args) {
    const [, name, value] = /^--([\w-]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === "project" && value !== undefined) project = value;
    else if (name === "testNamePattern" && value !== undefined) testNamePattern = value;
    else if (name === "obsoleteSnapshot" && value === undefined) obsoleteSnapshot = true;
    else throw new Error(`A jest task takes --project= and --testNamePattern=, not ${arg}.`);
  }
  return { project, testNamePattern, obsoleteSnapshot };
}
