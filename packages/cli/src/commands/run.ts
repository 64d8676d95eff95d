import { resolve } from "node:path";
import type { Command } from "commander";
import { describeContext } from "../run/workspace.ts";
import { exitCodeFor } from "../exit-codes.ts";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { notify } from "../run/notify.ts";
import { reportersFrom, runnersFrom } from "../run/registry.ts";
import { writeReports } from "../run/reporters.ts";
import { runSuites, type RunRequest } from "../run/run-suites.ts";
import type { Configuration } from "../config/resolve.ts";
import { liveView } from "../view/live.ts";
import { plainView } from "../view/plain.ts";
import { summaryText } from "../view/summary.ts";
import { chooseColors } from "../view/text.ts";

/** `shardwright run`: discover, deal, watch, report. */
export function registerRun(program: Command, context: CommandContext): void {
  addSettings(program.command("run"), "run")
    .description("run a test suite on local workers or on a fleet, and end with a verdict")
    .addHelpText(
      "after",
      `
Examples:
  $ shardwright run                                    the suites found here, one local worker for each processor
  $ shardwright run --runner pytest --test-dir tests/unit --workers 8
  $ shardwright run --test-pattern "src/**/*.spec.ts" --max-retries 1
  $ shardwright run --coordinator https://shardwright.example.com --hardware-requirements cuda
  $ shardwright run --runner command --command "bin/check --junit {junit} {file}" --test-pattern "cases/*.yml"`,
    )
    .action(async (_options: unknown, command: Command) => {
      const configuration = await configure(command, "run", context);
      context.exit(await runCommand(configuration, context));
    });
}

/** @returns the exit code */
export async function runCommand(
  configuration: Configuration,
  context: CommandContext,
  onEvent?: RunRequest["onEvent"],
): Promise<number> {
  const { settings } = configuration;
  // With --json, standard output belongs to the result alone.
  const stream = settings.json ? context.stderr : context.stdout;
  const { provider } = describeContext(context.environment, context.directory);
  const colors = chooseColors(stream.isTTY, context.environment);
  const isLive = stream.isTTY && provider === "none" && context.environment.TERM !== "dumb";
  const stop = stopOnSignals(stream);
  try {
    const { report } = await runSuites({
      configuration,
      directory: context.directory,
      environment: context.environment,
      runners: runnersFrom(configuration.plugins),
      view: (_manifest, estimates_ms) =>
        isLive
          ? liveView({ stream, colors, estimates_ms, now_ms: () => Date.now() })
          : plainView({ write: (text) => void stream.write(text), colors, provider }),
      signal: stop.signal,
      ...(onEvent && { onEvent }),
    });
    const outputDir = resolve(context.directory, settings.outputDir);
    const reports = writeReports(
      report,
      reportersFrom(configuration.plugins),
      settings.reportFormats,
      outputDir,
      context.directory,
    );
    stream.write(`${summaryText(report, { colors, provider, reports, now_s: Math.floor(Date.now() / 1000) })}\n`);
    if (settings.json)
      context.stdout.write(`${JSON.stringify({ verdict: report.verdict, account: report.account, run: report.run, reports })}\n`);
    if (report.verdict !== "passed" && settings.notifyOnFailure !== undefined)
      await notify(settings.notifyOnFailure, report, context.stderr);
    return exitCodeFor(report.verdict);
  } finally {
    stop.release();
  }
}

/** The first signal cancels the run, so that its report is still written; the second ends the process where it stands. */
function stopOnSignals(stream: { write(text: string): unknown }): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(130);
    stream.write("\nStopping: the run is cancelled and its report written. Once more to leave at once.\n");
    controller.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    signal: controller.signal,
    release() {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
