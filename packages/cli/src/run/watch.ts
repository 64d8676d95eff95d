import { resolve } from "node:path";
import { reasonOf, type RunReport } from "@shardwright/core";
import type { CommandContext } from "../command-line.ts";
import type { Configuration } from "../config/resolve.ts";
import { exitCodeFor, exitCodes } from "../exit-codes.ts";
import { chooseProvider } from "../publish/session.ts";
import { inShares, isLeft, shownRun, tellOutside } from "../publish/tell-outside.ts";
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
  /** The coordinator knows what the coverage of its tests comes to. */
  readonly isJudged?: boolean;
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
      isJudged = false,
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
    // What was run without the coordinator is told of by its job, and so is a verdict that the coordinator does not know.
    const isKnown = !report.notices.some(({ code }) => code === "fallback" || (code === "coverage" && !isJudged));
    const isCheckWritten = writesCheck && isKnown;
    await tellOutside(report, configuration, context, { once, isCheckWritten, shownRun: live?.run });
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
