import type { Command } from "commander";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import type { Configuration } from "../config/resolve.ts";
import { runWithFallback } from "../run/fallback.ts";
import type { RunRequest } from "../run/run-suites.ts";
import { watchAndReport } from "../run/watch.ts";

/** `shardwright run`: discover, deal, watch, report. */
export function registerRun(program: Command, context: CommandContext): void {
  addSettings(program.command("run"), "run")
    .description("run a test suite on local workers or on a fleet, and end with a verdict")
    .argument("[paths...]", "folders and files, as with --test-dir: before flags that take several words, or after --")
    .addHelpText(
      "after",
      `
Examples:
  $ shardwright run                                    the suites found here, one local worker for each processor
  $ shardwright run src/cart src/order.test.ts         only what is there
  $ shardwright run --runner pytest --test-dir tests/unit --workers 8
  $ shardwright run --test-pattern "src/**/*.spec.ts" --max-retries 1
  $ shardwright run --coordinator https://shardwright.example.com --hardware-requirements cuda
  $ shardwright run --runner command --command "bin/check --junit {junit} {file}" --test-pattern "cases/*.yml"`,
    )
    .action(async (paths: string[], _options: unknown, command: Command) => {
      const { testDir = [] } = command.opts<{ testDir?: string[] }>();
      if (paths.length > 0) command.setOptionValue("testDir", [...testDir, ...paths]);
      const configuration = await configure(command, "run", context);
      context.exit(await runCommand(configuration, context));
    });
}

/** @returns the exit code */
export function runCommand(
  configuration: Configuration,
  context: CommandContext,
  onEvent?: RunRequest["onEvent"],
): Promise<number> {
  return watchAndReport(configuration, context, {
    run: runWithFallback,
    ...(onEvent && { onEvent }),
  });
}
