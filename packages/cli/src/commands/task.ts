import { resolve } from "node:path";
import { createTaskRequestSchema, ShardwrightError } from "@shardwright/core";
import type { Command } from "commander";
import { splitWords } from "@shardwright/runners";
import { readNeeds } from "../run/requirements.ts";
import { priorityOf } from "../run/submission.ts";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { connect } from "./connect.ts";

interface TaskOptions {
  readonly type: string;
  readonly name: string;
  readonly testFile: string;
  readonly testArgs?: string;
  readonly sideEffects?: boolean;
}

/** `shardwright task create`: one test, benchmark, command or browser task, as a run of its own. */
export function registerTask(program: Command, context: CommandContext): void {
  const task = program.command("task").description("hand single tasks to the coordinator");
  addSettings(task.command("create"), "task")
    .description("submit one task as a run of its own, and print the run's id")
    .option("--type <type>", "test, benchmark, command or browser", "test")
    .requiredOption("--name <name>", "what to call it")
    .requiredOption("--test-file <path>", "the file, relative to the current folder")
    .option("--test-args <text>", "arguments for it, quoted as for a shell")
    .option(
      "--side-effects",
      "it must never run twice at the same time (commands never do, unless --no-side-effects says otherwise)",
    )
    .option("--no-side-effects", "the opposite of --side-effects")
    .addHelpText(
      "after",
      `\nExamples:
  $ shardwright task create --type test --name smoke --runner vitest --test-file tests/smoke.test.ts --timeout 600
  $ shardwright task create --type command --name render --command "./render {file}" --test-file scene.json --requirements '{"hardware":"cuda"}'`,
    )
    .action(async (_options: unknown, command: Command) => {
      const { settings } = await configure(command, "task", context);
      const options = command.opts<TaskOptions>();
      const runner = settings.runner ?? (options.type === "command" ? "command" : undefined);
      if (runner === undefined)
        throw new ShardwrightError("usage", {
          problem: "The task's test framework is not named.",
          remedy: "Pass --runner vitest, node-test, pytest …",
        });
      const request = createTaskRequestSchema.safeParse({
        project: settings.project,
        type: options.type,
        name: options.name,
        runner,
        file: options.testFile,
        args: options.testArgs === undefined ? [] : splitWords(options.testArgs),
        requirements: readNeeds(settings.requirements, undefined).requirements,
        timeout_ms: Math.round(settings.timeout * 1000),
        ...(options.sideEffects === undefined ? {} : { side_effects: options.sideEffects }),
        workspace: { kind: "dir", path: resolve(context.directory) },
        priority: priorityOf(settings.priority),
        ...(settings.runKey === undefined ? {} : { run_key: settings.runKey }),
        options:
          settings.command === undefined
            ? {}
            : { command: settings.command, ...(options.type === "command" && { report: "exit-code" }) },
      });
      if (!request.success)
        throw new ShardwrightError("config-invalid", {
          problems: request.error.issues.map((issue) => `  ${flagFor(issue.path)}: ${issue.message}`).join("\n"),
        });
      const client = connect(settings);
      const created = await client.createTask(request.data);
      await client.close();
      context.stdout.write(settings.json ? `${JSON.stringify(created)}\n` : `${created.run}\n`);
    });
}

/** The flag that a field of the request was made from. */
function flagFor([field, ...rest]: readonly PropertyKey[]): string {
  const flags: Readonly<Record<string, string>> = { file: "--test-file", args: "--test-args" };
  return [flags[String(field)] ?? `--${String(field)}`, ...rest.map(String)].join(".");
}
