import { join, resolve } from "node:path";
import { channelNames, type ChannelName, type Published } from "@shardwright/ci";
import { mergeReports, reportFromCases, type RunReport } from "@shardwright/core";
import { Option, type Command } from "commander";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { findConfigFile } from "../config/file.ts";
import type { Configuration } from "../config/resolve.ts";
import { exitCodeFor, exitCodes } from "../exit-codes.ts";
import { hasNotifiers, tellPeople, tellPlugins } from "../notify/tell.ts";
import { tellFaults, unwrittenBy } from "../plugins/open-plugins.ts";
import { followsAnother } from "../publish/follows-another.ts";
import { publishLimit_ms, publishRun } from "../publish/publish-run.ts";
import { chooseProvider, openSession } from "../publish/session.ts";
import { findProjectFiles } from "../report/find-project-files.ts";
import { findInputs } from "../report/input-files.ts";
import { publishContext, type GivenContext } from "../report/publish-context.ts";
import { withBase } from "../report/base-reports.ts";
import { withOwners } from "../report/code-owners-file.ts";
import { readReports } from "../report/read-reports.ts";
import { requireCount, summaryOf, written } from "../report/merged-output.ts";
import { reportersFrom } from "../run/registry.ts";
import { requireFormats, requireOutputDir, writeReports } from "../run/reporters.ts";
import { printableLine } from "../view/text.ts";

interface PublishOptions extends GivenContext {
  readonly expect?: string;
  readonly allowEmpty: boolean;
  readonly stripPrefix?: readonly string[];
  readonly failOn: "failed" | "never";
}

/** `shardwright report publish FILES…`: results of whatever ran the tests, shown where a run's own would be. */
export function registerPublish(report: Command, context: CommandContext): void {
  addSettings(report.command("publish <files...>"), "report")
    .description("show the results of any tool's JUnit files, and of report.json, in the CI system; nothing is run")
    .option("--expect <n>", "how many files there must be: a job that left no report would not be missed otherwise")
    .option("--allow-empty", "no file, and a JUnit file without any test, are right", false)
    .option("--strip-prefix <path...>", "taken off the paths in the files, where they begin with it: where the tests ran")
    .option("--commit <sha>", "the commit that was tested (default: what the reports, or the CI system, say)")
    .option("--branch <name>", "its branch")
    .option("--pull-request <number>", "its pull or merge request")
    .option("--build-url <url>", "the page of the job that ran the tests")
    .addOption(
      new Option("--fail-on <what>", "what ends with an exit code other than 0: failed tests, or nothing that a test did")
        .choices(["failed", "never"])
        .default("failed"),
    )
    .addHelpText(
      "after",
      `
FILES are paths or glob patterns of JUnit and TRX files, of what go test -json prints, and of report.json, in any mixture; patterns that
begin with ! leave files out. A file that cannot be read counts as errored, and the others are shown. Annotations stand in the files of the
checkout that the results mean; where there is none, at the paths that they write.

Examples:
  $ shardwright report publish "**/junit*.xml"
  $ shardwright report publish "results/*.xml" --publish-name "unit tests" --fail-on never
  $ shardwright report publish "artifacts/**/*.xml" --expect 4 --commit "$HEAD_SHA" --pull-request 12`,
    )
    .action(async (files: string[], _options: unknown, command: Command) => {
      const configuration = await configure(command, "report", context);
      const stopTelling = tellFaults(configuration.plugins, (line) => void context.stderr.write(`${line}\n`));
      try {
        context.exit(await publishFiles(files, command.opts<PublishOptions>(), configuration, context));
      } finally {
        await configuration.plugins.close();
        stopTelling();
      }
    });
}

/** @returns the exit code */
async function publishFiles(
  files: readonly string[],
  options: PublishOptions,
  configuration: Configuration,
  context: CommandContext,
): Promise<number> {
  const { settings } = configuration;
  const { directory, environment } = context;
  const provider = chooseProvider(settings.provider, environment);
  const outputDir = resolve(directory, settings.outputDir);
  const reporters = reportersFrom(configuration.plugins);
  requireFormats(reporters, settings.reportFormats);
  requireOutputDir(reporters, outputDir);
  const outputs = reporters.map(({ file }) => join(outputDir, file));
  const paths = findInputs(files, directory, { outputs, allowNone: options.allowEmpty });
  if (options.expect !== undefined) requireCount(paths, options.expect);
  const reports = await readReports(paths, {
    directory,
    allowEmpty: options.allowEmpty,
    outputDir,
    files: findProjectFiles(directory, environment, options.stripPrefix ?? []),
    takesUnreadable: true,
  });
  const unread = configuration.file === undefined && followsAnother(environment) ? findConfigFile(directory) : undefined;
  const about = publishContext(reports, provider, environment, options);
  const whole = reports.length === 0 ? nothing() : mergeReports(reports, paths);
  const merged = options.expect === undefined ? doubted(whole, provider.triggerConclusion?.(environment)) : whole;
  const say = (line: string) => void context.stderr.write(`${provider.log.neutralise(printableLine(line))}\n`);
  if (unread !== undefined)
    say(`${unread} is not read, because it may have come with the results of another job: name it by --config if it is yours.`);
  const named = settings.codeOwners === undefined ? undefined : resolve(directory, settings.codeOwners);
  const found: RunReport = { ...merged, run: { ...merged.run, context: about } };
  const owned = withOwners(found, { workspace: configuration.root, provider: provider.name, named, say });
  const report = settings.baseReport === undefined ? owned : await withBase(owned, settings.baseReport, directory, say);
  const { paths: reportPaths, failures } = written(outputDir, "--output-dir", () =>
    writeReports(report, reporters, settings.reportFormats, outputDir, directory),
  );
  const stream = settings.json ? context.stderr : context.stdout;
  stream.write(summaryOf(report, paths.length, reportPaths, { environment, stdout: stream }, provider.name));
  const published = await show(report, configuration, context, stream);
  await notify(report, configuration, context);
  for (const { format, error } of failures) say(unwrittenBy(configuration.plugins, format, error));
  if (settings.json)
    context.stdout.write(
      `${JSON.stringify({
        verdict: report.verdict,
        account: report.account,
        cases: report.cases,
        run: report.run,
        reports: reportPaths,
        published: published.map(({ channel, outcome, note }) => ({ channel: channel.name, outcome, note })),
      })}\n`,
    );
  if (options.failOn === "never") return exitCodes.passed;
  const code = exitCodeFor(report.verdict);
  const isShown = published.every(({ outcome }) => outcome !== "failed") || published.some(({ outcome }) => outcome === "done");
  // To show it is all that was asked for: who reads only the exit code has to learn that nobody can see it.
  return code === exitCodes.passed && (!isShown || failures.length > 0) ? exitCodes.infrastructure : code;
}

async function notify(
  report: RunReport,
  { settings, root, plugins }: Configuration,
  { environment, stderr }: CommandContext,
): Promise<void> {
  const { log } = chooseProvider(settings.provider, environment);
  const say = (line: string) => void stderr.write(`${log.neutralise(line)}\n`);
  if (hasNotifiers({ settings })) await tellPeople(report, { settings, root, say });
  await tellPlugins(report, plugins);
  if (settings.notifyOnFailure === true && report.verdict !== "passed") stderr.write("\u0007");
}

/**
 * A job that was lost leaves no file, and those of the others may all be green. Where the CI system says that not all went well, and nobody
 * that the files are all there, they are no proof.
 * @param conclusion of the run that the files are from
 */
function doubted(report: RunReport, conclusion: string | undefined): RunReport {
  if (report.verdict !== "passed" || conclusion === undefined || conclusion === "success") return report;
  const reason = `The workflow run that the files are from has ended with ‘${conclusion}’, and a job of it may have left none: say how many there must be (--expect).`;
  return { ...report, verdict: "incomplete", reason };
}

function nothing(): RunReport {
  return reportFromCases({ name: "no files", files: [], allow_empty: true, submitted_at_ms: Date.now() });
}

async function show(
  report: RunReport,
  { settings }: Configuration,
  { directory, environment, stderr }: CommandContext,
  stream: NodeJS.WriteStream,
): Promise<readonly Published[]> {
  const provider = chooseProvider(settings.provider, environment);
  const wanted = settings.publish;
  if (wanted?.includes("none") === true) return [];
  const session = openSession({
    environment,
    token: settings.ciToken,
    name: settings.publishName,
    write: (text) => void stream.write(text),
    signal: AbortSignal.timeout(publishLimit_ms),
    outputDir: resolve(directory, settings.outputDir),
  });
  const say = (line: string) => void stderr.write(`${provider.log.neutralise(line)}\n`);
  const channels: readonly ChannelName[] | undefined = wanted && channelNames.filter((name) => wanted.includes(name));
  const published = await publishRun(report, provider, session, channels, say);
  if (provider.channels.length === 0)
    say(`No place is known here where a CI system shows results: they are in ${settings.outputDir}.`);
  for (const { channel, outcome, note } of published)
    if (outcome === "unavailable") say(`The ${channel.title} is left out: ${printableLine(note ?? "it cannot be written here")}`);
  return published;
}
