/** Variables that were set or, by null, removed. */
export type EnvironmentChanges = Readonly<Record<string, string | null>>;

/** What code that ran in this process (a configuration, a global setup) did to its environment, which the frameworks' workers inherit. */
export function changesSince(before: Readonly<Record<string, string | undefined>>): EnvironmentChanges {
  const changes: Record<string, string | null> = {};
  for (const [name, value] of Object.entries(process.env))
    if (value !== undefined && before[name] !== value) changes[name] = value;
  for (const name of Object.keys(before)) if (process.env[name] === undefined) changes[name] = null;
  return changes;
}

/** @param environment is changed; this process' own when absent */
export function applyChanges(changes: EnvironmentChanges, environment: Record<string, string | undefined> = process.env): void {
  for (const [name, value] of Object.entries(changes))
    if (value === null) delete environment[name];
    else environment[name] = value;
}
