/** An input that is a flag of the command line, and how its value is read. */
export type FlagKind = "text" | "list" | "switch";

/** What actions/run and actions/worker have in common, by the flag's name. */
export const commonFlags: Readonly<Record<string, FlagKind>> = {
  config: "text",
  project: "text",
  suite: "list",
  runner: "text",
  "test-dir": "list",
  "test-pattern": "list",
  exclude: "list",
  "max-retries": "text",
  timeout: "text",
  "task-timeout": "text",
  coordinator: "text",
  "run-key": "text",
  fallback: "switch",
  "output-dir": "text",
  "report-formats": "list",
  publish: "list",
  "publish-name": "text",
};

/**
 * Makes a command line of an action's inputs; what is empty was not given.
 * @param read gives an input's text
 * @throws Error for a switch that is neither `true` nor `false`
 */
export function argumentsFrom(flags: Readonly<Record<string, FlagKind>>, read: (name: string) => string): string[] {
  const given = Object.entries(flags).flatMap(([name, kind]) => {
    const text = read(name).trim();
    if (text === "") return [];
    if (kind === "list") return linesOf(text).map((line) => `--${name}=${line}`);
    if (kind === "text") return [`--${name}=${text}`];
    if (text === "true") return [`--${name}`];
    if (text === "false") return [`--no-${name}`];
    throw new Error(`The input ${name} is ${text}, and should be true or false.`);
  });
  return [...given, ...linesOf(read("args"))];
}

/** One value a line: what else could part them may be in a pattern. */
export function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
