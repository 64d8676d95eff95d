import { hostname } from "node:os";
import { resolve } from "node:path";
import { detectEnvironment, neutraliseCommands } from "@shardwright/ci";
import {
  type TrendPoint,
  type TrendSeries,
  ShardwrightError,
  csvLine,
  measuringClass,
  metricFormats,
  plural,
} from "@shardwright/core";
import { detectCapabilities } from "@shardwright/worker";
import type { Command } from "commander";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { importPoints, type ImportFormat } from "../trends/import-points.ts";
import { openTrends } from "../trends/open-trends.ts";
import { type FilterOptions, addFilters, pointsOf, seriesOf } from "../trends/selection.ts";
import { printableLine } from "../view/text.ts";
import { registerTrendAlerts } from "./trends-alerts.ts";
import { registerTrendsBisect } from "./trends-bisect.ts";
import { registerTrendCheck } from "./trends-check.ts";
import { registerTrendsCompare } from "./trends-compare.ts";
import { registerTrendsReport } from "./trends-report.ts";

const formats = ["jsonl", ...Object.keys(metricFormats)];

/** `shardwright trends`: what tests take and measure over time. */
export function registerTrends(program: Command, context: CommandContext): void {
  const trends = program.command("trends").description("what tests take and measure, over time");
  registerTrendsBisect(trends, context);
  registerTrendAlerts(trends, context);
  registerTrendCheck(trends, context);
  addFilters(addSettings(trends.command("list", { isDefault: true }), "trends"))
    .description("series that are kept: how many points, and the last value")
    .addHelpText("after", '\nExample:\n  $ shardwright trends list --test-pattern "test_bert*" --metric latency')
    .action(async (_options: unknown, command: Command) => {
      const configuration = await configure(command, "trends", context);
      const { project, json } = configuration.settings;
      await using open = await openTrends(configuration, context.directory, false);
      const { provider } = detectEnvironment(context.environment);
      let count = 0;
      for await (const one of seriesOf(open.client, project, command.opts<FilterOptions>())) {
        count += 1;
        const line = json ? JSON.stringify(one) : neutraliseCommands(provider, printableLine(describe(one)));
        context.stdout.write(`${line}\n`);
      }
      if (count === 0) context.stderr.write(`Nothing of the project ${project} fits.\n`);
    });

  addSettings(trends.command("import").argument("<file>", "what was measured"), "trends")
    .description("send what was measured elsewhere: all of it is kept, or nothing")
    .option("--format <format>", `one of ${formats.join(", ")}`, "jsonl")
    .option("--commit <sha>", "of points that do not say (default: the CI job's)")
    .option("--branch <name>", "of points that do not say (default: the CI job's)")
    .option("--machine <name>", "of points that do not say (default: this machine's name)")
    .option("--hardware <class>", "the group of machines of points that do not say (default: this machine's)")
    .option("--at <time>", "when it was measured, as 2026-05-04T12:00:00Z (default: now)")
    .option("--test <name>", "what to call the file of measurements that name none", "benchmarks")
    .option("--upload <name>", "what is sent twice under one name counts once (default: from what the file holds)")
    .addHelpText(
      "after",
      "\nExample:\n  $ go test -bench . -count 5 > bench.txt && shardwright trends import bench.txt --format go",
    )
    .action(async (file: string, options: Record<string, string | undefined>, command: Command) => {
      const { format = "jsonl", at, upload, test = "benchmarks" } = options;
      if (!formats.includes(format)) throw refusal(`There is no format ${format}.`, `Use one of ${formats.join(", ")}.`);
      const at_ms = at === undefined ? Date.now() : Date.parse(at);
      if (!Number.isFinite(at_ms)) throw refusal(`${at} is no time.`, "Write it as 2026-05-04T12:00:00Z.");
      const configuration = await configure(command, "trends", context);
      const { project, json } = configuration.settings;
      const { context: job } = detectEnvironment(context.environment);
      const commit = options["commit"] ?? job.commit;
      const branch = options["branch"] ?? job.branch;
      const hardware_class = options["hardware"] ?? measuringClass(await detectCapabilities("full"));
      const about = {
        at_ms,
        hardware_class,
        machine: options["machine"] ?? hostname(),
        ...(commit !== undefined && { commit }),
        ...(branch !== undefined && { branch }),
      };
      await using open = await openTrends(configuration, context.directory, true);
      const { directory } = context;
      const answer = await importPoints(open.client, resolve(directory, file), {
        project,
        format: format as ImportFormat,
        about,
        test,
        upload,
        directory,
      });
      if (json) return void context.stdout.write(`${JSON.stringify(answer)}\n`);
      const twice = answer.duplicates === 0 ? "" : `; ${plural(answer.duplicates, "point")} came twice and count once`;
      context.stdout.write(`${plural(answer.points, "point")} of ${file} are kept in the project ${project}${twice}\n`);
    });

  registerTrendsReport(trends, context);
  registerTrendsCompare(trends, context);

  addFilters(addSettings(trends.command("export"), "trends"))
    .description("print points, oldest first of each series: as JSON lines that `trends import` reads, or as CSV")
    .option("--format <format>", "jsonl or csv", "jsonl")
    .action(async (options: FilterOptions & { readonly format: string }, command: Command) => {
      if (options.format !== "jsonl" && options.format !== "csv")
        throw refusal(`There is no format ${options.format}.`, "Use jsonl or csv.");
      const configuration = await configure(command, "trends", context);
      const { project } = configuration.settings;
      await using open = await openTrends(configuration, context.directory, false);
      if (options.format === "csv") context.stdout.write(`${columns.join(",")}\n`);
      for await (const series of seriesOf(open.client, project, options)) {
        for await (const points of pointsOf(open.client, project, series.id, options.branch)) {
          const text = points.map((point) => (options.format === "csv" ? csvOf(series, point) : lineOf(series, point))).join("");
          if (!context.stdout.write(text)) await new Promise((resolve) => context.stdout.once("drain", resolve));
        }
      }
    });

  addSettings(
    trends.command("rename").argument("<old>", "FILE or FILE > CASE").argument("<new>", "the same, as it is called now"),
    "trends",
  )
    .description("link what was measured of a test under its old name with its new one")
    .addHelpText(
      "after",
      '\nExample:\n  $ shardwright trends rename "unit:src/cart.test.ts > adds" "unit:src/cart.test.ts > adds up"',
    )
    .action(async (from: string, to: string, _options: unknown, command: Command) => {
      const configuration = await configure(command, "trends", context);
      const { project } = configuration.settings;
      await using open = await openTrends(configuration, context.directory, false);
      const { series } = await open.client.renameTest({ project, from: testOf(from), to: testOf(to) });
      context.stdout.write(`${plural(series, "series")} of ${printableLine(from)} are now of ${printableLine(to)}\n`);
    });
}

function describe({
  test,
  case: name,
  name: metric,
  unit,
  dimensions,
  hardware_class,
  points,
  marked,
  last,
}: TrendSeries): string {
  const with_ = Object.entries(dimensions).map(([key, value]) => ` ${key}=${value}`);
  const left = marked === 0 ? "" : `, ${marked} left out of analysis`;
  const value = last === undefined ? "none that counts" : `last ${rounded(last.value)}${unit === "" ? "" : ` ${unit}`}`;
  return `${test}${name === "" ? "" : ` > ${name}`}  ${metric}${with_.join("")}  ${hardware_class}  ${plural(points, "point")}${left}  ${value}`;
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function testOf(text: string): { test: string; case: string } {
  const [test = "", ...rest] = text.split(" > ");
  return { test, case: rest.join(" > ") };
}

const columns = [
  "test",
  "case",
  "name",
  "unit",
  "better",
  "dimensions",
  "hardware_class",
  "at_ms",
  "value",
  "count",
  "spread",
  "commit",
  "branch",
  "run",
  "machine",
  "mark",
  "rolled",
] as const;

function csvOf(
  { test, case: name, name: metric, unit, better, dimensions, hardware_class }: TrendSeries,
  point: TrendPoint,
): string {
  const labels = Object.entries(dimensions).map(([key, value]) => `${key}=${value}`);
  const row = { test, case: name, name: metric, unit, better, dimensions: labels.join(" "), hardware_class, ...point };
  const values: Readonly<Record<string, string | number | readonly number[] | undefined>> = row;
  return csvLine(
    columns.map((column) => {
      const value = values[column];
      return typeof value === "object" ? String(value) : value;
    }),
  );
}

function lineOf(
  { test, case: name, name: metric, unit, better, dimensions, hardware_class }: TrendSeries,
  point: TrendPoint,
): string {
  const { at_ms, value, replicates, commit, branch, machine, mark } = point;
  const line = {
    test,
    case: name,
    name: metric,
    value,
    unit,
    better,
    replicates,
    partial: mark === undefined ? undefined : true,
    dimensions: Object.keys(dimensions).length === 0 ? undefined : dimensions,
    at_ms,
    hardware_class,
    commit,
    branch,
    machine,
  };
  return `${JSON.stringify(line)}\n`;
}

function refusal(problem: string, remedy: string): ShardwrightError {
  return new ShardwrightError("usage", { problem, remedy });
}
