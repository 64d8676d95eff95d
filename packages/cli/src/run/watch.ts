import { resolve } from "node:path";
import { channelNames, type ChannelName, type CiProvider } from "@shardwright/ci";
import { reasonOf, type RunReport } from "@shardwright/core";
import type { CommandContext } from "../command-line.ts";
import type { Configuration } from "../config/resolve.ts";
import { exitCodeFor, exitCodes } from "../exit-codes.ts";
import { hasNotifiers, tellPeople, tellPlugins } from "../notify/tell.ts";
import { livePoliteness, showRun, type ShownRun } from "../publish/live-status.ts";
import { publishLimit_ms, publishRun } from "../publish/publish-run.ts";
import { chooseProvider, openSession } from "../publish/session.ts";
import { onStopSignals } from "../stop-signals.ts";
import { enrichReport } from "../report/enrich.ts";
import { liveView } from "../view/live.ts";
import { plainView } from "../view/plain.ts";
import { summaryText } from "../view/summary.ts";
import { chooseColors, printableLine } from "../view/text.ts";
import type { Once } from "./once.ts";
import { reportPlace } from "./attachments.ts";
import { reportersFrom, runnersFrom } from "./registry.ts";
import { requireFormats, requireOutputDir, unwrittenReport, writeReports, type WrittenReports } from "./reporters.ts";
import { tellFaults, unwrittenBy } from "../plugins/open-plugins.ts";
import type { RunView } from "../view/view.ts";
import type { RunRequest } from "./run-suites.ts";

export interface WatchedOutcome {
  readonly report: RunReport;
  /** It was cancelled because nobody was left to run it, not by a person. */
  readonly abandoned?: boolean;
  /** What only one of those who watched it is to do; each does it where this is absent. */
  readonly once?: Once;
}

export interface Watched {
  /** Brings the run about and to its end. */
  readonly run: (request: RunRequest) => Promise<WatchedOutcome>;
  readonly onEvent?: RunRequest["onEvent"];
}

/** Shows a run while it goes on, writes its reports, says its verdict. @returns the exit code */
export async function watchAndReport(
  configuration: Configuration,
  context: CommandContext,
  { run, onEvent }: Watched,
): Promise<number> {
  const { settings } = configuration;
  // With --json, standard output belongs to the result alone.
  const stream = settings.json ? context.stderr : context.stdout;
  const system = chooseProvider(settings.provider, context.environment);
  const { name: provider } = system;
  const colors = chooseColors(stream.isTTY, context.environment);
  const isLive = stream.isTTY && provider === "none" && context.environment.TERM !== "dumb";
  const reporters = reportersFrom(configuration.plugins);
  requireFormats(reporters, settings.reportFormats);
  requireOutputDir(reporters, resolve(context.directory, settings.outputDir));
  // The first signal ends the run in order, so that its report is still written.
  const stopping = new AbortController();
  const { plugins } = configuration;
  let shown: RunView | undefined;
  const stopTelling = tellFaults(plugins, (line) =>
    shown === undefined ? void context.stderr.write(`${line}\n`) : shown.say(line),
  );
  const release = onStopSignals({ first: () => stopping.abort() });
  const live = shownRun(system, configuration, context);
  let writesCheck = false;
  try {
    const runners = runnersFrom(configuration.plugins);
    const {
      report: found,
      abandoned,
      once,
    } = await run({
      configuration,
      directory: context.directory,
      environment: context.environment,
      runners,
      view: (_manifest, estimates_ms) => {
        shown = isLive
          ? liveView({ stream, colors, estimates_ms, now_ms: () => Date.now() })
          : plainView({ write: (text) => void stream.write(text), colors, provider });
        return shown;
      },
      signal: stopping.signal,
      onSubmitted: (submitted) => {
        writesCheck = submitted.writes_check === true;
        if (!writesCheck || settings.publish?.includes("status") === true) live?.begin(submitted);
      },
      onEvent: (event, workers, view) => {
        live?.event(event);
        onEvent?.(event, workers, view);
      },
    });
    shown = undefined;
    const report = await enrichReport(found, {
      configuration,
      runners,
      directory: context.directory,
      environment: context.environment,
      provider,
      say: (line) => void stream.write(`${printableLine(line)}\n`),
    });
    plugins.emit("reportReady", () => ({ report }));
    const { paths: reports, failures, unwritten } = reportsOf(report, configuration, context);
    // Without its reports a run is no success and must not look like one; what failed is told all the same.
    if (unwritten === undefined || report.verdict !== "passed")
      stream.write(`${summaryText(report, { colors, provider, reports, now_s: Math.floor(Date.now() / 1000) })}\n`);
    if (settings.json && unwritten === undefined)
      context.stdout.write(`${JSON.stringify({ verdict: report.verdict, account: report.account, run: report.run, reports })}\n`);
    // Nor must it look like one to those who look at the commit.
    if (unwritten !== undefined && report.verdict === "passed") throw unwritten.error;
    const withoutVerdict = stopping.signal.aborted && report.verdict === "incomplete" ? isLeft : undefined;
    const unsaid = report.run.share === undefined ? withoutVerdict : inShares;
    await (unsaid === undefined ? live?.close() : live?.abandon(unsaid));
    // What was run without the coordinator is told of by its job.
    const isCheckWritten = writesCheck && !report.notices.some(({ code }) => code === "fallback");
    await tellOutside(report, configuration, context, { once, isCheckWritten });
    if (unwritten !== undefined) throw unwritten.error;
    for (const { format, error } of failures) context.stderr.write(`${unwrittenBy(plugins, format, error)}\n`);
    if (failures.length > 0 && report.verdict === "passed") return exitCodes.infrastructure;
    return abandoned === true && report.verdict === "cancelled" ? exitCodes.infrastructure : exitCodeFor(report.verdict);
  } catch (error) {
    await live?.abandon(`The run has ended without a verdict: ${printableLine(reasonOf(error))}`);
    throw error;
  } finally {
    release();
    await plugins.close();
    stopTelling();
  }
}

interface Telling {
  readonly once: Once | undefined;
  /** The coordinator has written the commit's check. */
  readonly isCheckWritten: boolean;
}

/** The CI system without the place that the coordinator has written to, unless that was asked for by name. */
function telling(provider: CiProvider, isCheckWritten: boolean, wanted: readonly string[] | undefined): CiProvider {
  if (!isCheckWritten || wanted?.includes("status") === true) return provider;
  return { ...provider, channels: provider.channels.filter(({ name }) => name !== "status") };
}

/** What is told of a run as a whole, of which each job has run its own share. */
const inShares = "The coordinator was out of reach: each job has run a share of the tests, and shows it by itself.";

/** What is told of a run by a job that leaves it: where others go on with it, its verdict takes this one's place. */
const isLeft = "The job that began this run was cancelled before its end.";

/** Undefined where the CI system, or who uses it, wants no status. */
function shownRun(
  provider: CiProvider,
  { settings, root }: Configuration,
  { environment, stdout, stderr }: CommandContext,
): ShownRun | undefined {
  if (provider.startStatus === undefined || settings.publish?.includes("status") === false) return undefined;
  return showRun(
    provider,
    openSession({
      environment,
      token: settings.ciToken,
      name: settings.publishName,
      workspace: root,
      politeness: livePoliteness,
      write: (text) => void (settings.json ? stderr : stdout).write(text),
      signal: new AbortController().signal,
    }),
  );
}

/** A share is not to stand in the place of the whole, nor of another one. */
function nameFor({ run: { share } }: RunReport, name: string): string {
  return share === undefined ? name : `${name} (${share.index + 1} of ${share.total})`;
}

/** Shows the results in the CI system, and notifies whom that concerns; by one job, where several have watched. */
async function tellOutside(
  report: RunReport,
  { settings, root, plugins }: Configuration,
  { directory, environment, stdout, stderr }: CommandContext,
  { once, isCheckWritten }: Telling,
): Promise<void> {
  const provider = telling(chooseProvider(settings.provider, environment), isCheckWritten, settings.publish);
  const session = openSession({
    environment,
    token: settings.ciToken,
    name: nameFor(report, settings.publishName),
    workspace: root,
    // Beside --json, which has standard output to itself; CI systems read commands from both.
    write: (text) => void (settings.json ? stderr : stdout).write(text),
    signal: AbortSignal.timeout(publishLimit_ms),
    outputDir: resolve(directory, settings.outputDir),
  });
  const say = (line: string) => void stderr.write(`${provider.log.neutralise(line)}\n`);
  const publishes = provider.channels.length > 0 && settings.publish?.includes("none") !== true;
  const notifies = hasNotifiers({ settings });
  const hasOthers = plugins.parts("notifier").length > 0;
  const tell = async () => {
    if (publishes) await publishRun(report, provider, session, channelsOf(settings.publish), say);
    if (notifies) await tellPeople(report, { settings, root, say });
    await tellPlugins(report, plugins);
  };
  if (publishes || notifies || hasOthers) await (once === undefined ? tell() : once(tell));
  if (settings.notifyOnFailure === true && report.verdict !== "passed") stderr.write("\u0007");
}

/** Checked by the setting's schema: what else it may hold is `none`. */
function channelsOf(names: readonly string[] | undefined): readonly ChannelName[] | undefined {
  return names && channelNames.filter((name) => names.includes(name));
}

/** Writes the reports. @returns their paths, or why there are none */
function reportsOf(
  report: RunReport,
  { settings, plugins }: Configuration,
  { directory, environment }: CommandContext,
): WrittenReports & { unwritten?: { error: unknown } } {
  const outputDir = resolve(directory, settings.outputDir);
  try {
    return writeReports(
      report,
      reportersFrom(plugins),
      settings.reportFormats,
      outputDir,
      directory,
      reportPlace(environment, outputDir),
    );
  } catch (error) {
    return { paths: [], failures: [], unwritten: { error: unwrittenReport(error) } };
  }
}
