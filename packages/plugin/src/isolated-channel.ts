import { HttpRefusal, type Channel, type LiveStatus, type RunStart, type Session } from "@shardwright/ci";
import { reasonOf } from "@shardwright/core";
import { inTime } from "./in-time.ts";
import type { Part } from "./part.ts";
import type { Plugins } from "./plugins.ts";

/** How long a plugin's code may take for each. */
export interface ProviderLimits {
  /** To show results in one place. */
  readonly channel_ms: number;
  /** To begin, or to end, the status of a run that goes on; the end of the run waits for both. */
  readonly live_ms: number;
  /** To get the token that says who a job is. */
  readonly identity_ms: number;
}

export const providerLimits: ProviderLimits = { channel_ms: 60_000, live_ms: 5000, identity_ms: 30_000 };

/** A place that throws, or does not end, is one that could not be written: `publish` says so, and which plugin it is. */
export function isolatedChannel(
  channel: Channel,
  { plugin, name }: Part<"provider">,
  plugins: Plugins,
  { channel_ms }: ProviderLimits,
): Channel {
  return {
    name: channel.name,
    title: channel.title,
    limits: channel.limits,
    ...(channel.onRequest !== undefined && { onRequest: channel.onRequest }),
    unavailable(session) {
      try {
        return checkedNote(channel.unavailable(session), "unavailable");
      } catch (error) {
        const what = reasonOf(error);
        const remedy = "The place is left out.";
        plugins.fault({ plugin, where: `in the channel ${channel.name} of the provider ${name}`, what, remedy });
        return `the plugin ${plugin} failed: ${what}`;
      }
    },
    async publish(publication, session, before) {
      try {
        return checkedNote(await inTime(channel_ms, () => channel.publish(publication, session, before)), "publish");
      } catch (error) {
        if (error instanceof HttpRefusal) throw error;
        throw new Error(`${reasonOf(error)} (it is the plugin ${plugin}'s)`, { cause: error });
      }
    },
  };
}

function checkedNote(answer: unknown, called: string): string | undefined {
  if (answer === undefined || typeof answer === "string") return answer;
  throw new Error(`${called} has to answer a text, or undefined`);
}

/** The status of a run that goes on is a nicety: the run waits for none that hangs. */
export async function isolatedStatus(
  start: RunStart,
  session: Session,
  { plugin, name, value }: Part<"provider">,
  plugins: Plugins,
  { live_ms }: ProviderLimits,
): Promise<LiveStatus> {
  const fault = (error: unknown) => {
    const where = `in the status of the provider ${name}`;
    plugins.fault({ plugin, where, what: reasonOf(error), remedy: "Nothing else is affected." });
  };
  const within = (call: () => Promise<void>) => inTime(live_ms, call).catch(fault);
  try {
    const status = await inTime(live_ms, async () => await value.startStatus?.(start, session));
    if (status === undefined) throw new Error("startStatus has to promise a status");
    return {
      progress(done, total, failed) {
        try {
          status.progress(done, total, failed);
        } catch (error) {
          fault(error);
        }
      },
      close: () => within(() => status.close()),
      abandon: (reason) => within(() => status.abandon(reason)),
    };
  } catch (error) {
    fault(error);
    throw error;
  }
}
