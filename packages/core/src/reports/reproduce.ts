import type { Fault } from "./faults.ts";
import type { ReportSuite, RunReport } from "./run-report.ts";
import { frameworkCommand, type CommandRequest } from "./reproduce-commands.ts";
import { seedWords } from "./reproduce-seeds.ts";
import { quoteWord, quoteWords } from "./shell-words.ts";

/** A longer one is of no use to people. */
const lengthLimit = 4000;

/** How to see a failure again on one's own machine, from the workspace's folder, in a POSIX shell. */
export interface Reproduction {
  /** Runs that test alone; the whole file where no test is to blame, or the framework selects none. */
  readonly command: string;
  /** Runs its whole file, for what fails only after others; absent where that is the same. */
  readonly file_command?: string;
}

/**
 * Finds the command for each failure of a report: the framework's own, with the arguments that its suite is configured with, the variables
 * it is given and, where the framework told it, the seed of its order. Undefined where the report does not know how its tests are run.
 */
export function reproductions({ suites = [] }: Pick<RunReport, "suites">): (fault: Fault) => Reproduction | undefined {
  const known = new Map(suites.map((suite) => [suite.name, suite]));
  return (fault) => {
    const suite = known.get(fault.task.suite);
    return suite === undefined ? undefined : reproduce(fault, suite);
  };
}

function reproduce({ task, result, attempt }: Fault, suite: ReportSuite): Reproduction | undefined {
  const request: CommandRequest = {
    suite,
    file: inFolder(suite.directory, task.file),
    args: task.args,
    seed: seedWords(suite.runner, attempt?.log ?? ""),
  };
  const whole = frameworkCommand(request);
  const one = result === undefined ? whole : frameworkCommand({ ...request, path: result.path, line: lineIn(task.file, result) });
  const [command, file_command] = [one, whole].map((words) => typed(words, suite));
  if (command === undefined || command.length > lengthLimit || command.includes("\0")) return undefined;
  return { command, ...(file_command !== undefined && file_command !== command && { file_command }) };
}

function lineIn(file: string, result: NonNullable<Fault["result"]>): number | undefined {
  return result.file === undefined || result.file === file ? result.line : undefined;
}

/** With the folder to be in, and the variables. */
function typed(words: readonly string[], { directory, environment = {} }: ReportSuite): string {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${quoteWord(value)} `);
  const go = directory === "." || directory === "" ? "" : `cd ${quoteWord(directory)} && `;
  return `${go}${variables.join("")}${quoteWords(words)}`;
}

/** A path of the workspace as it is called in one of its folders. */
function inFolder(folder: string, file: string): string {
  if (folder === "." || folder === "") return file;
  if (file === folder) return ".";
  if (file.startsWith(`${folder}/`)) return file.slice(folder.length + 1);
  return `${"../".repeat(folder.split("/").length)}${file}`;
}
