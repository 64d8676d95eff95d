import { detectEnvironment, neutraliseCommands } from "@shardwright/ci";
import {
  type CompareBy,
  ComparisonBuilder,
  type Configuration,
  ShardwrightError,
  TrendReportBuilder,
  choosesPoints,
  comparedConfigurationsLimit,
  ofMainBranch,
  readConfiguration,
} from "@shardwright/core";
import type { Command } from "commander";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { nothingFits } from "../trends/nothing-fits.ts";
import { openTrends } from "../trends/open-trends.ts";
import { reportLines } from "../trends/report-lines.ts";
import { addFilters, readSeries } from "../trends/selection.ts";
import { trendOutputs, writeOutputs } from "../trends/trend-outputs.ts";
import { chooseColors } from "../view/text.ts";
import { type ReportOptions, aboutOf, addReportOptions, sinceOf } from "./trends-report.ts";

interface CompareOptions extends ReportOptions {
  readonly by?: string;
  readonly baseline?: string;
  readonly pullRequest?: boolean;
}

/** `shardwright trends compare`: configurations beside each other, as ratios. */
export function registerTrendsCompare(trends: Command, context: CommandContext): void {
  addReportOptions(addFilters(addSettings(trends.command("compare"), "trends")))
    .argument("[configurations...]", "what points are put apart by: hardware=, branch=, commit=, machine=, or any dimension")
    .description(
      "compare configurations with the first one: ratios with intervals, corrected for how many there are, and their geometric mean",
    )
    .option("--by <key>", "every value of this: hardware, branch, commit, machine, or a dimension such as browser")
    .option("--baseline <value>", "with --by: what the others are compared with (default: what most was measured of)")
    .option("--pull-request", "the branch of this CI job's pull request beside the branch that it is for")
    .option("--days <n>", "only what was measured in so many days", "30")
    .addHelpText(
      "after",
      `
Of each metric the newest 100 points of a configuration count; where there are fewer than four, their replicates.

Examples:
  $ shardwright trends compare hardware=cuda hardware=cpu --metric latency --output hardware.html
  $ shardwright trends compare branch=main branch=faster-parser
  $ shardwright trends compare browser=chromium,mode=worker browser=firefox,mode=worker
  $ shardwright trends compare --by browser --baseline chromium --format csv`,
    )
    .action((configurations: string[], _options: unknown, command: Command) => compare(configurations, command, context));
}

async function compare(given: readonly string[], command: Command, context: CommandContext): Promise<void> {
  const options = command.opts<CompareOptions>();
  const by = byOf(given, options, context);
  const since_ms = sinceOf(options.days, Date.now());
  const outputs = trendOutputs(options, context);
  const configuration = await configure(command, "trends", context);
  const { project, json } = configuration.settings;
  const about = await aboutOf(options, project, since_ms, context);
  await using open = await openTrends(configuration, context.directory, false);
  const builder = new ComparisonBuilder(by);
  let count = 0;
  for await (const { series, points } of readSeries(open.client, project, options)) {
    count += 1;
    const own = choosesPoints(by) || options.allBranches === true ? points : ofMainBranch(points).points;
    builder.add(
      series,
      own.filter(({ at_ms }) => at_ms >= (since_ms ?? 0)),
    );
  }
  if (count === 0) throw await nothingFits(open.client, project, options);
  requireFound(by, builder.found(), options);
  const made = new TrendReportBuilder({ about }).report(builder.comparison(options.baseline));
  const written = outputs.length === 0 && json ? [{ format: "json" as const }] : outputs;
  await writeOutputs(made, written, context);
  if (written.length > 0) return;
  const { provider } = detectEnvironment(context.environment);
  const colors = chooseColors(context.stdout.isTTY, context.environment);
  for (const line of reportLines(made, colors, false)) context.stdout.write(`${neutraliseCommands(provider, line)}\n`);
}

/** @throws ShardwrightError `usage` for what names no configurations, or too few of them */
function byOf(given: readonly string[], { by, baseline, pullRequest }: CompareOptions, context: CommandContext): CompareBy {
  const ways = [given.length > 0, by !== undefined, pullRequest === true].filter(Boolean).length;
  if (ways !== 1)
    throw refusal(
      ways === 0 ? "There is nothing to compare." : "Configurations, --by and --pull-request exclude each other.",
      "Name two configurations such as branch=main branch=next, or one key with --by, or --pull-request.",
    );
  if (by !== undefined) return { key: by };
  if (baseline !== undefined)
    throw refusal("--baseline belongs to --by.", "Name the configuration that the others are compared with first.");
  if (pullRequest === true) return { given: pullRequestOf(context) };
  if (given.length < 2) throw refusal("One configuration is nothing to compare.", "Name a second one.");
  if (given.length > comparedConfigurationsLimit)
    throw refusal(`${given.length} configurations are more than ${comparedConfigurationsLimit}.`, "Name fewer.");
  const read = given.map((text) => readConfiguration(text) ?? text);
  const wrong = read.find((each) => typeof each === "string");
  if (wrong !== undefined)
    throw refusal(`${wrong} is no configuration.`, "Write it as hardware=cuda, branch=main, or browser=firefox,model=bert.");
  const configurations = read.filter((each) => typeof each !== "string");
  if (new Set(configurations.map(({ name }) => name)).size < configurations.length)
    throw refusal("One configuration is named twice.", "Name each of them once.");
  return { given: configurations };
}

function pullRequestOf({ environment }: CommandContext): Configuration[] {
  const { context } = detectEnvironment(environment);
  const { branch, base_branch } = context;
  if (branch === undefined || base_branch === undefined)
    throw refusal(
      "This is no CI job of a pull request, as far as its environment says.",
      "Name the branches: shardwright trends compare branch=main branch=next.",
    );
  return [base_branch, branch].map((name) => ({ name: `branch=${name}`, conditions: [{ key: "branch", pattern: name }] }));
}

function requireFound(by: CompareBy, found: ReadonlyMap<string, number>, { baseline, days }: CompareOptions): void {
  const there = [...found].filter(([, count]) => count > 0).map(([name]) => name);
  const looked = days === undefined ? "" : ` in the last ${days} days`;
  if ("given" in by) {
    const missing = [...found].find(([, count]) => count === 0);
    if (missing !== undefined)
      throw refusal(
        `Nothing was measured of ${missing[0]}${looked}.`,
        "See `shardwright trends list` for what there is, or look further back with --days.",
      );
    return;
  }
  if (there.length < 2)
    throw refusal(
      there.length === 0 ? `No point has a ${by.key}${looked}.` : `There is only one ${by.key}${looked}: ${there.join(", ")}.`,
      "Compare by something else, or look further back with --days.",
    );
  if (baseline !== undefined && !there.includes(baseline))
    throw refusal(`There is no ${by.key} ${baseline}${looked}.`, `There are: ${there.slice(0, 10).join(", ")}.`);
}

function refusal(problem: string, remedy: string): ShardwrightError {
  return new ShardwrightError("usage", { problem, remedy });
}
