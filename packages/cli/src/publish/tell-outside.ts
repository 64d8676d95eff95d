import { resolve } from "node:path";
import { channelNames, type ChannelName, type CiProvider } from "@shardwright/ci";
import type { RunReport } from "@shardwright/core";
import type { CommandContext } from "../command-line.ts";
import type { Configuration } from "../config/resolve.ts";
import { hasNotifiers, tellPeople, tellPlugins } from "../notify/tell.ts";
import type { Once } from "../run/once.ts";
import { livePoliteness, showRun, type ShownRun } from "./live-status.ts";
import { publishLimit_ms, publishRun } from "./publish-run.ts";
import { chooseProvider, openSession } from "./session.ts";

interface Telling {
  /** The run whose status was shown while it went on, if one was. */
  readonly shownRun: string | undefined;
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
export const inShares = "The coordinator was out of reach: each job has run a share of the tests, and shows it by itself.";

/** What is told of a run by a job that leaves it: where others go on with it, its verdict takes this one's place. */
export const isLeft = "The job that began this run was cancelled before its end.";

/** Undefined where the CI system, or who uses it, wants no status. */
export function shownRun(
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
export async function tellOutside(
  report: RunReport,
  { settings, root, plugins }: Configuration,
  { directory, environment, stdout, stderr }: CommandContext,
  { once, isCheckWritten, shownRun }: Telling,
): Promise<void> {
  const provider = telling(chooseProvider(settings.provider, environment), isCheckWritten, settings.publish);
  const session = openSession({
    environment,
    token: settings.ciToken,
    name: nameFor(report, settings.publishName),
    shownRun,
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
