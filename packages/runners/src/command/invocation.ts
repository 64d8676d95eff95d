import { posix, resolve } from "node:path";
import type { SessionTask, SuiteLocation } from "../runner.ts";
import type { CommandOptions } from "./options.ts";

/** Tasks that one start of the program serves. */
export type Batch = readonly [SessionTask, ...SessionTask[]];

/** Windows takes no command line of more than 32,767 characters; the template and its other arguments need room too. */
const filesLimit_characters = 20_000;

/** One task each; runs of tasks with the same arguments, as long as a command line can be, where the command takes `{files}`. */
export function batchesOf(tasks: readonly SessionTask[], options: CommandOptions): Batch[] {
  const batches: [SessionTask, ...SessionTask[]][] = [];
  let characters = 0;
  for (const task of tasks) {
    const last = batches.at(-1);
    characters += task.file.length + 3;
    const fits = options.batches && characters <= filesLimit_characters;
    if (
      fits &&
      last?.[0].browser === task.browser &&
      last !== undefined &&
      JSON.stringify(last[0].args) === JSON.stringify(task.args)
    )
      last.push(task);
    else {
      batches.push([task]);
      characters = task.file.length + 3;
    }
  }
  return batches;
}

/** The program and its arguments. @param junit absolute path of the report to be written */
export function argumentsFor(options: CommandOptions, batch: Batch, location: SuiteLocation, junit: string): string[] {
  const [first] = batch;
  const relative = (task: SessionTask) => posix.relative(location.directory, task.file);
  return options.template.flatMap((part, index) => {
    if (part === "{files}") return batch.map((task) => asArgument(relative(task)));
    if (part === "{args}") return [...first.args];
    // A program is looked for on the PATH unless its path says where it is.
    const file = index === 0 ? resolve(location.workspace, first.file) : asArgument(relative(first));
    const browser = first.browser ?? "";
    return [
      part
        .replaceAll("{junit}", () => junit)
        .replaceAll("{browser}", () => browser)
        .replaceAll("{file}", () => file),
    ];
  });
}

/** A file whose name begins with a dash must not be taken for an option. */
function asArgument(path: string): string {
  return path.startsWith("-") ? `./${path}` : path;
}
