import { Command } from "commander";
import { registerAnalytics } from "./commands/analytics.ts";
import { registerAudit } from "./commands/audit.ts";
import { registerBisectOrder } from "./commands/bisect-order.ts";
import { registerCluster } from "./commands/cluster.ts";
import { registerCompletion } from "./commands/completion.ts";
import { registerCoordinator } from "./commands/coordinator.ts";
import { registerDoctor } from "./commands/doctor.ts";
import { registerFlaky } from "./commands/flaky.ts";
import { registerPlugins } from "./commands/plugins.ts";
import { registerQuarantine } from "./commands/quarantine.ts";
import { registerReport } from "./commands/report.ts";
import { registerRun } from "./commands/run.ts";
import { registerRuns } from "./commands/runs.ts";
import { registerSplit } from "./commands/split.ts";
import { registerTask } from "./commands/task.ts";
import { registerToken } from "./commands/token.ts";
import { registerTrends } from "./commands/trends.ts";
import { registerTuning } from "./commands/tuning.ts";
import { registerWorker } from "./commands/worker.ts";
import type { CommandContext } from "./command-line.ts";
import { exitCodeMeanings } from "./exit-codes.ts";
import { version } from "./version.ts";

/** Builds the whole command line. Nothing runs until it is parsed. */
export function buildProgram(context: CommandContext): Command {
  const program = new Command("shardwright")
    .description("Deals a test suite out to workers, survives what dies on the way, and ends with a verdict that can be trusted.")
    .version(version, "-V, --version")
    .showHelpAfterError("Help: shardwright --help")
    .exitOverride()
    .configureOutput({ writeOut: (text) => context.stdout.write(text), writeErr: (text) => context.stderr.write(text) })
    .addHelpText(
      "after",
      () => `\nExit codes:\n${exitCodeMeanings.map(({ code, meaning }) => `  ${code}  ${meaning}`).join("\n")}`,
    );
  registerRun(program, context);
  registerBisectOrder(program, context);
  registerCoordinator(program, context);
  registerWorker(program, context);
  registerSplit(program, context);
  registerReport(program, context);
  registerRuns(program, context);
  registerFlaky(program, context);
  registerTrends(program, context);
  registerAnalytics(program, context);
  registerQuarantine(program, context);
  registerToken(program, context);
  registerAudit(program, context);
  registerCluster(program, context);
  registerTuning(program, context);
  registerTask(program, context);
  registerPlugins(program, context);
  registerDoctor(program, context);
  registerCompletion(program, context);
  return program;
}
