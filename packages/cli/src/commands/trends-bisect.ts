import { resolve } from "node:path";
import { detectEnvironment, neutraliseCommands } from "@shardwright/ci";
import { type TrendSeries, ShardwrightError, plural } from "@shardwright/core";
import type { Command } from "commander";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { exitCodes } from "../exit-codes.ts";
import { runnersFrom } from "../run/registry.ts";
import { writeWhole } from "../run/reporters.ts";
import { priorityOf } from "../run/submission.ts";
import { onStopSignals } from "../stop-signals.ts";
import { type TrendBisectResult, bisectTrend } from "../trends/bisect/bisect.ts";
import { chooseSeries, nameOf } from "../trends/bisect/choose-series.ts";
import { type Commit, short } from "../trends/bisect/history.ts";
import { openTrends } from "../trends/open-trends.ts";
import { printableLine } from "../view/text.ts";
import { listLimit } from "./list-limit.ts";

interface Given {
  readonly metric?: string;
  readonly hardware?: string;
  readonly branch?: string;
  readonly good?: string;
  readonly bad?: string;
  readonly repeat: string;
  readonly maxRuns: string;
  readonly machines: string;
  readonly fresh?: boolean;
  readonly output?: string;
}

const name = "shardwright trends bisect";

/** `shardwright trends bisect TEST`: the commit that changed what a test takes or measures. */
export function registerTrendsBisect(trends: Command, context: CommandContext): void {
  addSettings(trends.command("bisect").argument("<test>", "FILE, or FILE > CASE"), "trends-bisect")
    .description("find the commit that changed what a test takes or measures, by measuring the commits between")
    .option("--metric <name>", "the metric of this name: duration, latency", "duration")
    .option("--hardware <pattern>", "the class of hardware: linux-x64-*")
    .option("--branch <name>", "only what was measured on this branch")
    .option("--good <commit>", "before the change (default: by the series' newest change)")
    .option("--bad <commit>", "after it (default: by the series' newest change)")
    .option("--repeat <n>", "measurements of a commit in one step at most: 6, 12 or 24", "24")
    .option("--max-runs <n>", "measurements in all at most", "500")
    .option("--machines <n>", "workers that measure, each by itself: without a coordinator at most --workers (1)", "2")
    .option("--fresh", "do not take up a search that was stopped")
    .option("--output <file>", "write the result, with all steps, as JSON")
    .addHelpText(
      "after",
      `
Exit codes: 0 found; 1 not found, or one of several commits; 2 usage; 3 what could not be measured; 4 stopped.

Examples:
  $ shardwright trends bisect "unit:src/cart.test.ts > adds"
  $ shardwright trends bisect "unit:src/cart.test.ts" --good v1.4.0 --bad main --setup "npm ci"
  $ shardwright trends bisect "bench:sort.test.ts > sorts" --metric latency --coordinator https://shardwright.example.com`,
    )
    .action(async (test: string, options: Given, command: Command) => {
      const limits = {
        repeat: listLimit(options.repeat, 24, name, { flag: "--repeat", least: 6 }),
        runs_limit: listLimit(options.maxRuns, 100_000, name, { flag: "--max-runs", least: 1 }),
        machines: listLimit(options.machines, 16, name, { flag: "--machines", least: 1 }),
      };
      const configuration = await configure(command, "trends-bisect", context);
      const { settings } = configuration;
      const { directory, environment } = context;
      const stopping = new AbortController();
      const release = onStopSignals({ first: () => stopping.abort(new ShardwrightError("interrupted")) });
      const { provider } = detectEnvironment(environment);
      const line = (text: string) => `${neutraliseCommands(provider, printableLine(text))}\n`;
      try {
        const chosen = await seriesFor(configuration, directory, test, options);
        const result = await bisectTrend(
          {
            configuration,
            directory,
            environment,
            runners: runnersFrom(configuration.plugins),
            signal: stopping.signal,
            say: (text) => void context.stderr.write(line(text)),
          },
          chosen,
          { ...limits, timeout_ms: 3_600_000, priority: priorityOf("low"), isFresh: options.fresh === true },
        );
        const json = `${JSON.stringify(result, undefined, 2)}\n`;
        if (options.output !== undefined) writeWhole(resolve(directory, options.output), json);
        if (settings.json) context.stdout.write(`${JSON.stringify(result)}\n`);
        else for (const text of sentencesOf(result)) context.stdout.write(line(text));
        context.exit(exitCodeOf(result));
      } catch (error) {
        if (!stopping.signal.aborted) throw error;
        context.stderr.write("Stopped. What was measured is kept: the same command goes on from there.\n");
        context.exit(exitCodes.cancelled);
      } finally {
        release();
      }
    });
}

async function seriesFor(
  configuration: Awaited<ReturnType<typeof configure>>,
  directory: string,
  typed: string,
  { metric, hardware, branch, good, bad }: Given,
) {
  await using open = await openTrends(configuration, directory, false);
  const { project } = configuration.settings;
  const filter = {
    project,
    test: typed,
    ...(metric !== undefined && { metric }),
    ...(hardware !== undefined && { hardware }),
    ...(branch !== undefined && { branch }),
  };
  return await chooseSeries(open.client, filter, { good, bad });
}

function exitCodeOf({ kind }: TrendBisectResult): number {
  if (kind === "found") return exitCodes.passed;
  return kind === "unmeasurable" ? exitCodes.infrastructure : exitCodes.failed;
}

function sentencesOf({ kind, series, good, bad, suspects, reason, ends, runs }: TrendBisectResult): string[] {
  const cost = `${plural(runs, "measurement")}.`;
  const between = `between ${short(good.sha)} and ${short(bad.sha)}`;
  switch (kind) {
    case "found": {
      const [commit] = suspects;
      const merge = commit?.isMerge === true ? " It is a merge: what its branch brought counts as one." : "";
      return [
        `${short(commit?.sha ?? "")} changed ${nameOf(series)}${changeIn(ends, series)}.${merge}`,
        ...(commit === undefined ? [] : [`  ${byWhom(commit)}`]),
        cost,
      ];
    }
    case "suspects":
      return [
        `One of ${plural(suspects.length, "commit")} changed ${nameOf(series)}${changeIn(ends, series)}: ${reason ?? "those between cannot be measured or told apart"}.`,
        ...suspects.map((commit) => `  ${short(commit.sha)}  ${byWhom(commit)}`),
        cost,
      ];
    case "same":
      return [`${nameOf(series)} does not differ ${between} by as much as matters. ${cost}`];
    case "unknown":
      return [`Whether ${nameOf(series)} differs ${between} cannot be told from so many measurements. ${cost}`];
    case "unmeasurable":
      return [`${short(good.sha)} or ${short(bad.sha)} cannot be measured: ${reason ?? "it had no result"}. ${cost}`];
  }
}

function byWhom({ subject, author }: Commit): string {
  return author === "" ? subject : `${subject} (${author})`;
}

function changeIn(ends: TrendBisectResult["ends"], { unit }: TrendSeries): string {
  if (ends === undefined) return "";
  const share = ends.confirmation.relative?.estimate;
  const said = share === undefined ? "" : ` (${share < 0 ? "−" : "+"}${Math.abs(share * 100).toFixed(1)} %)`;
  const value = (one: number) => `${Number(one.toPrecision(4))}${unit === "" ? "" : ` ${unit}`}`;
  return ` from ${value(ends.good)} to ${value(ends.bad)}${said}`;
}
