import { dirname, extname, join, relative, resolve } from "node:path";
import { detectEnvironment } from "@shardwright/ci";
import { mergeReports, ShardwrightError } from "@shardwright/core";
import { Option, type Command } from "commander";
import { exitCodeFor } from "../exit-codes.ts";
import type { CommandContext } from "../command-line.ts";
import { printable } from "../view/text.ts";
import { registerPublish } from "./report-publish.ts";
import { withBase } from "../report/base-reports.ts";
import { findInputs } from "../report/input-files.ts";
import { requireCount, summaryOf, written } from "../report/merged-output.ts";
import { readReports } from "../report/read-reports.ts";
import { builtInReporters, requireFormats, requireOutputDir, writeReports, writeWhole } from "../run/reporters.ts";
import { makeFolders } from "../run/make-folders.ts";

const formats = builtInReporters.map(({ format }) => format);

/** `shardwright report merge FILES…`, `report convert FILE --to FORMAT`. */
export function registerReport(program: Command, context: CommandContext): void {
  const report = program
    .command("report")
    .description("merge, convert and publish reports: report.json, and JUnit XML from wherever");

  report
    .command("merge <files...>")
    .description("make one report of several, such as those of a suite's shards; the exit code is the merged verdict's")
    .option("--output-dir <path>", "where the reports go", "./shardwright-report")
    .option("--report-formats <format...>", `which reports to write: ${formats.join(", ")} (default: all)`)
    .option("--expect <n>", "how many files there must be: a shard that left no report would not be missed otherwise")
    .option("--base-report <file...>", "report.json of earlier runs to compare with; none there is no error")
    .option("--allow-empty", "a JUnit file without any test is right", false)
    .option("--json", "print the result as JSON on standard output, and nothing else there", false)
    .addHelpText(
      "after",
      `
FILES are paths or glob patterns of report.json and JUnit files, in any mixture. A merged verdict is never better than the worst of its
parts; that a part is missing altogether it can know only from --expect, but for the report.json of jobs that ran their shares without
the coordinator: these must be of one plan and one run, and all be there. Of two results for one task in report.json files the later
counts; two JUnit files keep what each of them says.

Examples:
  $ shardwright report merge shard-1/report.json shard-2/report.json
  $ shardwright report merge "artifacts/**/junit.xml" --expect 4 --output-dir merged --report-formats html md`,
    )
    .action(async (files: string[], _options: unknown, command: Command) => {
      context.exit(await merge(files, command.opts<MergeOptions>(), context));
    });

  registerPublish(report, context);

  report
    .command("convert <file>")
    .description("turn one report into another format; the exit code is 0 whatever the tests said")
    .addOption(new Option("--to <format>", "what to make of it (default: what the ending of --output says)").choices(formats))
    .option("--output <file>", "where to write it (default: standard output)")
    .addHelpText(
      "after",
      `
Examples:
  $ shardwright report convert results.xml --output results.html
  $ shardwright report convert shardwright-report/report.json --to md >> "$GITHUB_STEP_SUMMARY"`,
    )
    .action(async (file: string, _options: unknown, command: Command) => {
      await convert(file, command.opts<ConvertOptions>(), context);
    });
}

interface MergeOptions {
  readonly outputDir: string;
  readonly reportFormats?: string[];
  readonly expect?: string;
  readonly baseReport?: string[];
  readonly allowEmpty: boolean;
  readonly json: boolean;
}

/** @returns the exit code */
async function merge(files: readonly string[], options: MergeOptions, context: CommandContext): Promise<number> {
  const { directory } = context;
  const outputDir = resolve(directory, options.outputDir);
  const outputs = builtInReporters.map(({ file }) => join(outputDir, file));
  const paths = findInputs(files, directory, { outputs });
  if (options.expect !== undefined) requireCount(paths, options.expect);
  const merged = mergeReports(await readReports(paths, { directory, allowEmpty: options.allowEmpty, outputDir }), paths);
  const say = (line: string) => void context.stderr.write(`${printable(line)}\n`);
  const report = options.baseReport === undefined ? merged : await withBase(merged, options.baseReport, directory, say);
  const chosen = options.reportFormats?.flatMap((format) => format.split(",")).filter((format) => format !== "");
  requireFormats(builtInReporters, chosen);
  requireOutputDir(builtInReporters, outputDir);
  const { paths: reports } = written(outputDir, "--output-dir", () =>
    writeReports(report, builtInReporters, chosen, outputDir, directory),
  );
  if (options.json) {
    context.stdout.write(`${JSON.stringify({ verdict: report.verdict, account: report.account, run: report.run, reports })}\n`);
  } else context.stdout.write(summaryOf(report, paths.length, reports, context, detectEnvironment(context.environment).provider));
  return exitCodeFor(report.verdict);
}

interface ConvertOptions {
  readonly to?: string;
  readonly output?: string;
}

async function convert(file: string, { to, output }: ConvertOptions, context: CommandContext): Promise<void> {
  const { directory } = context;
  const format = to ?? (output === undefined ? undefined : extname(output).slice(1).toLowerCase());
  const reporter = builtInReporters.find((candidate) => candidate.format === format);
  if (reporter === undefined)
    throw new ShardwrightError("usage", {
      problem: format === undefined ? "The format to make is not named." : `The ending of ${output} names no format.`,
      remedy: `Pass --to, one of ${formats.join(", ")}.`,
    });
  const paths = findInputs([file], directory);
  const [report, ...others] = await readReports(paths.slice(0, 2), {
    directory,
    allowEmpty: true,
    outputDir: output === undefined ? directory : dirname(resolve(directory, output)),
  });
  if (report === undefined || others.length > 0)
    throw new ShardwrightError("usage", {
      problem: `${file} matches ${paths.length} files.`,
      remedy: "Name one, or make one of them first: `shardwright report merge`.",
    });
  const content = reporter.write(report);
  if (output === undefined) {
    for (const piece of typeof content === "string" ? [content] : content) context.stdout.write(piece);
    return;
  }
  const path = resolve(directory, output);
  written(path, "--output", () => {
    makeFolders(dirname(path));
    writeWhole(path, content);
  });
  context.stderr.write(`Wrote ${relative(directory, path) || path}\n`);
}
