import { isInsideWorkspace, ShardwrightError } from "@shardwright/core";
import { z } from "zod";
import type { Suite } from "../runner.ts";
import { splitCommand } from "./split-command.ts";

/** What can be set for a suite of any program. */
const commandOptionsSchema = z.strictObject({
  /**
   * The program and its arguments, as one line or as a list: `{file}` becomes a file's path relative to the suite's folder, `{files}` all
   * files of a batch, `{junit}` the path where the report is to be written, `{args}` the task's own arguments.
   */
  command: z.union([z.string().min(1).max(32_768), z.array(z.string().max(32_768)).min(1).max(1024)]).optional(),
  /** The report files that the program writes by itself, a glob relative to the suite's folder: in place of `{junit}`. */
  junit: z.string().min(1).max(4096).optional(),
  /** `exit-code`: the command itself is the one case, and no report is looked for. */
  report: z.enum(["junit", "exit-code"]).default("junit"),
});

export interface CommandOptions {
  /** One argument each, with their placeholders. */
  readonly template: readonly string[];
  readonly junit: string | undefined;
  readonly report: "junit" | "exit-code";
  /** One invocation serves a whole batch. */
  readonly batches: boolean;
}

/** @throws ShardwrightError `config-invalid` */
export function parseCommandOptions(options: Suite["options"]): CommandOptions {
  const parsed = commandOptionsSchema.safeParse(options);
  if (!parsed.success) throw invalid(z.prettifyError(parsed.error));
  const { command, junit, report } = parsed.data;
  const split = typeof command === "string" ? splitCommand(command) : { words: command };
  if ("problem" in split) throw invalid(split.problem);
  if (split.words === undefined && report === "junit")
    throw invalid("`command` is missing: the program to run, with {file} and {junit}.");
  const template = withDefaults(split.words ?? ["{file}"], report);
  const problem = problemOf(template, junit, report);
  if (problem !== undefined) throw invalid(problem);
  return { template, junit, report, batches: template.includes("{files}") };
}

/** Files and arguments that the template does not place go to its end. */
function withDefaults(template: readonly string[], report: "junit" | "exit-code"): readonly string[] {
  const namesFile = template.some((part) => part.includes("{file}") || part.includes("{files}"));
  const file = namesFile || report === "exit-code" ? [] : ["{file}"];
  return [...template, ...(template.includes("{args}") ? [] : ["{args}"]), ...file];
}

function problemOf(template: readonly string[], junit: string | undefined, report: string): string | undefined {
  const [program = ""] = template;
  if (program === "" || program === "{files}" || program === "{args}")
    return "The first word names the program: a name, a path, or {file}.";
  const nul = template.find((part) => part.includes("\0"));
  if (nul !== undefined) return "No argument can hold a NUL character.";
  const whole = template.find((part) => /\{(?:files|args)\}/.test(part) && part !== "{files}" && part !== "{args}");
  if (whole !== undefined) return `‘${whole}’: {files} and {args} become several arguments and must stand alone.`;
  if (template.includes("{files}") && template.some((part) => part.includes("{file}"))) return "Use either {file} or {files}.";
  if (template.includes("{files}") && report === "exit-code")
    return "An exit code says nothing of one file among several: use {file}.";
  const placed = template.some((part) => part.includes("{junit}"));
  if (report === "junit" && placed === (junit !== undefined))
    return "Say where the report comes from: {junit} in the command, or the option `junit` with a glob, one of them.";
  if (junit !== undefined && !isInsideWorkspace(junit.replaceAll("\\", "/")))
    return `junit: ‘${junit}’ leaves the suite's folder: use a glob relative to it, without ‘..’.`;
  return undefined;
}

function invalid(problem: string): ShardwrightError {
  return new ShardwrightError("config-invalid", { problems: `options of command: ${problem}` });
}
