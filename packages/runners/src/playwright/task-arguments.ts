/** What a task's arguments say to the host: named as on Playwright's own command line. */
export interface TaskArguments {
  /** The id of a project: its name, with a number where several have it. */
  readonly project?: string | undefined;
}

export function toTaskArguments(project: string | undefined): string[] {
  return project === undefined ? [] : [`--project=${project}`];
}

/** @throws Error for an argument that Playwright tasks do not have. */
export function parseTaskArguments(args: readonly string[]): TaskArguments {
  let project: string | undefined;
  for (const arg of args) {
    const [, value] = /^--project=(.*)$/s.exec(arg) ?? [];
    if (value === undefined) throw new Error(`A Playwright task takes --project=, not ${arg}.`);
    project = value;
  }
  return { project };
}
