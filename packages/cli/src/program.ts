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

type Register = (program: Command, context: CommandContext) => void;

/** In the order in which help shows them. */
const commands: readonly (readonly [name: string, register: Register])[] = [
  ["run", registerRun],
  ["bisect-order", registerBisectOrder],
  ["coordinator", registerCoordinator],
  ["worker", registerWorker],
  ["split", registerSplit],
  ["report", registerReport],
  ["runs", registerRuns],
  ["flaky", registerFlaky],
  ["trends", registerTrends],
  ["analytics", registerAnalytics],
  ["quarantine", registerQuarantine],
  ["token", registerToken],
  ["audit", registerAudit],
  ["cluster", registerCluster],
  ["tuning", registerTuning],
  ["task", registerTask],
  ["plugins", registerPlugins],
  ["doctor", registerDoctor],
  ["completion", registerCompletion],
];
/** What these say is made from all commands. */
const needAll = new Set(["completion"]);

/**
 * Builds the command line. Nothing runs until it is parsed.
 * @param first the first word of what is to be parsed: where it names a command, the others are left out, which take longer to describe than
 * that one does
 */
export function buildProgram(context: CommandContext, first?: string): Command {
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
  const isOnly = commands.some(([name]) => name === first) && !needAll.has(first ?? "");
  for (const [name, register] of commands) if (!isOnly || name === first) register(program, context);
  return program;
}
