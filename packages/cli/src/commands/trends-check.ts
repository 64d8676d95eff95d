import { detectEnvironment, neutraliseCommands } from "@shardwright/ci";
import { ShardwrightError, type TrendAlert } from "@shardwright/core";
import { Option, type Command } from "commander";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { alertAndHistoryLines } from "../trends/alert-lines.ts";
import { checkAlerts, failOns, type FailOn } from "../trends/check-alerts.ts";
import { commentOnCheck } from "../trends/comment-on-check.ts";
import { openTrends } from "../trends/open-trends.ts";
import { withHistories } from "../trends/range-history.ts";
import { alertsOf } from "./trends-alerts.ts";

interface CheckOptions {
  readonly failOn: FailOn;
  readonly commit?: string;
  readonly allowEmpty?: boolean;
  readonly comment?: boolean;
  readonly wait: string;
}

const waitLimit_s = 120;

/** `shardwright trends check`: the gate for CI. */
export function registerTrendCheck(trends: Command, context: CommandContext): void {
  addSettings(trends.command("check"), "trends")
    .description("judge what has come, and fail where a change is open that nobody has looked at")
    .addOption(
      new Option("--fail-on <what>", "regression; any change, also for the better and of the machines; or never")
        .choices(failOns)
        .default("regression"),
    )
    .option("--commit <sha>", "only alerts that may come from this commit")
    .option("--allow-empty", "end with 0 where nothing could be judged, such as in a new project")
    .option("--comment", "also tell the pull or merge request of this job, in one comment that is kept up to date")
    .option("--wait <seconds>", "how long all that has come may take to be judged", "60")
    .addHelpText(
      "after",
      `
Exit codes: 0 no alert is open; 1 one is; 2 usage; 3 nothing could be judged, or not all in time.

Example:
  $ shardwright trends check --fail-on regression --allow-empty`,
    )
    .action(async (options: CheckOptions, command: Command) => {
      const wait_s = Number(options.wait);
      if (!(wait_s >= 0 && wait_s <= waitLimit_s))
        throw new ShardwrightError("usage", {
          problem: `--wait is ${options.wait}.`,
          remedy: `Give a number of seconds, at most ${waitLimit_s}.`,
        });
      const configuration = await configure(command, "trends", context);
      const { project, json } = configuration.settings;
      await using open = await openTrends(configuration, context.directory, false);
      const judged = await open.client.judgeTrends({ project, wait_ms: Math.round(wait_s * 1000) });
      const found: TrendAlert[] = [];
      for await (const alert of alertsOf(open.client, { project, state: "watched", commit: options.commit })) found.push(alert);
      const alerts = await withHistories(found, context.directory);
      const { failOn, allowEmpty = false } = options;
      const result = checkAlerts({ project, judged, alerts, failOn, allowEmpty });
      const { provider } = detectEnvironment(context.environment);
      const lines = json
        ? [JSON.stringify({ code: result.code, sentence: result.sentence, judged, alerts })]
        : [...alerts.flatMap(alertAndHistoryLines), result.sentence];
      for (const line of lines) context.stdout.write(`${neutraliseCommands(provider, line)}\n`);
      if (options.comment === true) await commentOnCheck({ ...result, alerts }, context);
      context.exit(result.code);
    });
}
