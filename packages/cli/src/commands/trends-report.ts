import { detectEnvironment, neutraliseCommands } from "@shardwright/ci";
import {
  ComparisonBuilder,
  ShardwrightError,
  TrendReportBuilder,
  formatCount,
  ofMainBranch,
  totalsSentence,
} from "@shardwright/core";
import type { Command } from "commander";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { nothingFits } from "../trends/nothing-fits.ts";
import { openTrends } from "../trends/open-trends.ts";
import { withHistories } from "../trends/range-history.ts";
import { reportLines } from "../trends/report-lines.ts";
import { repositoryUrl } from "../trends/repository-url.ts";
import { type FilterOptions, addFilters, readSeries } from "../trends/selection.ts";
import { trendFormats, trendOutputs, writeOutputs } from "../trends/trend-outputs.ts";
import { chooseColors, printableLine } from "../view/text.ts";

export interface ReportOptions extends FilterOptions {
  readonly days?: string;
  readonly allBranches?: boolean;
  readonly output?: readonly string[];
  readonly format?: string;
  readonly repositoryUrl?: string;
}

const day_ms = 86_400_000;
const mostDays = 3650;
/** So many series are analysed at once: their analyses stay in memory until the end. */
const seriesLimit = 50_000;

/** What commands take that make a report of trends. */
export function addReportOptions(command: Command): Command {
  return command
    .option(
      "--all-branches",
      "look at the points of all branches together (default: of the branch most points of a series are of)",
    )
    .option(
      "--output <file...>",
      `where to write it, - for standard output; the ending names the format: ${trendFormats.join(", ")}`,
    )
    .option("--format <format>", `one of ${trendFormats.join(", ")} (default: as the file's name ends)`)
    .option("--repository-url <url>", "where commits can be looked at (default: as the CI system or the checkout says)");
}

/** `shardwright trends report` and `shardwright trends analyze`. */
export function registerTrendsReport(trends: Command, context: CommandContext): void {
  addReportOptions(addFilters(addSettings(trends.command("report"), "trends")))
    .description(
      "what changed of late: a report as HTML, Markdown, JSON or CSV, or in the terminal; what it finds does not change the exit code",
    )
    .option("--days <n>", "tell what changed in so many days; what was before says how it was", "30")
    .addHelpText(
      "after",
      "\nExamples:\n  $ shardwright trends report --days 30 --output performance_report.html\n  $ shardwright trends report --branch main --output trends.html --output trends.md",
    )
    .action((_options: unknown, command: Command) => report(command, context, false));

  addReportOptions(addFilters(addSettings(trends.command("analyze").alias("analyse"), "trends")))
    .description("all that the history of some series says, whether it changed or not")
    .option("--days <n>", "tell only what changed in so many days (default: all that is kept)")
    .addHelpText(
      "after",
      '\nExample:\n  $ shardwright trends analyze --test-pattern "test_bert*" --hardware cuda --metric latency --output bert.html',
    )
    .action((_options: unknown, command: Command) => report(command, context, true));
}

async function report(command: Command, context: CommandContext, isEach: boolean): Promise<void> {
  const options = command.opts<ReportOptions>();
  const since_ms = sinceOf(options.days, Date.now());
  const outputs = trendOutputs(options, context);
  const configuration = await configure(command, "trends", context);
  const { project, json } = configuration.settings;
  const about = await aboutOf(options, project, since_ms, context);
  await using open = await openTrends(configuration, context.directory, false);
  const branches = options.allBranches === true ? "all" : options.branch !== undefined ? "given" : undefined;
  const builder = new TrendReportBuilder({ about, drawAll: isEach, ...(branches !== undefined && { branches }) });
  const comparison = new ComparisonBuilder({ key: "hardware" });
  let count = 0;
  for await (const { series, points } of readSeries(open.client, project, options)) {
    count += 1;
    if (count > seriesLimit) throw tooMany();
    builder.add(series, points);
    const own = branches === undefined ? ofMainBranch(points).points : points;
    comparison.add(
      series,
      own.filter(({ at_ms }) => at_ms >= (since_ms ?? 0)),
    );
  }
  if (count === 0) throw await nothingFits(open.client, project, options);
  const isMany = comparison.found().size > 1;
  const found = builder.report(isMany ? comparison.comparison() : undefined);
  const made = { ...found, groups: await withHistories(found.groups, context.directory) };
  const written = outputs.length === 0 && json ? [{ format: "json" as const }] : outputs;
  await writeOutputs(made, written, context);
  const { provider } = detectEnvironment(context.environment);
  const colors = chooseColors(context.stdout.isTTY, context.environment);
  const say = (line: string) => `${neutraliseCommands(provider, printableLine(line))}\n`;
  if (written.length === 0)
    for (const line of reportLines(made, colors, isEach)) context.stdout.write(`${neutraliseCommands(provider, line)}\n`);
  else context.stderr.write(say(totalsSentence(made)));
}

/** What a report is about, as its options say. */
export async function aboutOf(
  { testPattern, metric, hardware, branch, repositoryUrl: given }: ReportOptions,
  project: string,
  since_ms: number | undefined,
  context: CommandContext,
) {
  if (given !== undefined && !/^https:\/\/[^\s"'<>]+$/i.test(given))
    throw new ShardwrightError("usage", {
      problem: `--repository-url ${given} is no https address.`,
      remedy: "Give one such as https://github.com/acme/shop.",
    });
  const repository_url = given ?? (await repositoryUrl(context));
  const chosen = Object.fromEntries(
    Object.entries({ test: testPattern, metric, hardware, branch }).filter(([, value]) => value !== undefined),
  );
  return {
    project,
    made_at_ms: Date.now(),
    chosen,
    ...(since_ms !== undefined && { since_ms }),
    ...(repository_url !== undefined && { repository_url }),
  };
}

/** @throws ShardwrightError `usage` for what is no number of days */
export function sinceOf(days: string | undefined, now_ms: number): number | undefined {
  if (days === undefined) return undefined;
  const count = Number(days);
  if (days.trim() !== "" && count > 0 && count <= mostDays) return now_ms - Math.round(count * day_ms);
  throw new ShardwrightError("usage", {
    problem: `--days is a number of days up to ${mostDays}, not ${days}.`,
    remedy: "Give one such as 30.",
  });
}

function tooMany(): ShardwrightError {
  return new ShardwrightError("usage", {
    problem: `More than ${formatCount(seriesLimit)} series fit.`,
    remedy: "Choose fewer with --test-pattern, --metric or --hardware.",
  });
}
