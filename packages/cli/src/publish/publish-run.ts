import { publicationOf, publish, type ChannelName, type CiProvider, type Published, type Session } from "@shardwright/ci";
import type { RunReport } from "@shardwright/core";
import { printableLine } from "../view/text.ts";

/** For all channels together: a job must end although its CI system hangs, and before another one may claim the publication. */
export const publishLimit_ms = 4 * 60_000;

/**
 * Shows a run's results in the CI system, and says what could not be shown. The verdict is the verdict whatever comes of this.
 * @param wanted channels by name; all that this job may write when absent
 * @returns what became of each channel
 */
export async function publishRun(
  report: RunReport,
  provider: CiProvider,
  session: Session,
  wanted: readonly ChannelName[] | undefined,
  say: (line: string) => void,
): Promise<readonly Published[]> {
  const published = await publish(provider, publicationOf(report), session, wanted);
  for (const { channel, outcome, note } of published) {
    if (outcome === "done" && note !== undefined) say(`${channel.title}: ${printableLine(note)}`);
    if (outcome === "failed") say(`The ${channel.title} could not be written: ${printableLine(note ?? "no reason is known")}`);
  }
  return published;
}
