import { reasonOf } from "@shardwright/core";
import { HttpRefusal } from "../http/polite-fetch.ts";
import type { CiProvider } from "../provider.ts";
import type { ChannelName, Published, Session } from "./channel.ts";
import type { Publication } from "./publication.ts";

/**
 * Shows a run's results in all of a CI system's places that this job can reach; trouble with one keeps none of the others.
 * @param wanted the channels asked for by name; when absent all that are available and need not be asked for
 */
export async function publish(
  provider: CiProvider,
  publication: Publication,
  session: Session,
  wanted?: readonly ChannelName[],
): Promise<readonly Published[]> {
  const published: Published[] = [];
  for (const channel of provider.channels) {
    if (wanted !== undefined && !wanted.includes(channel.name)) continue;
    if (wanted === undefined && channel.onRequest === true) continue;
    const missing = channel.unavailable(session);
    if (missing !== undefined) {
      // What somebody asked for by name and cannot have is no small matter.
      published.push({ channel, outcome: wanted === undefined ? "unavailable" : "failed", note: missing });
      continue;
    }
    try {
      const left_out = await channel.publish(publication, session, published);
      published.push({ channel, outcome: "done", ...(left_out !== undefined && { note: left_out }) });
    } catch (error) {
      published.push({ channel, outcome: "failed", note: refusalWords(error) });
    }
  }
  return published;
}

function refusalWords(error: unknown): string {
  if (!(error instanceof HttpRefusal)) return reasonOf(error);
  const remedy =
    error.status === 401
      ? "; the token is wrong or has ended"
      : error.status === 403
        ? "; the token may not do that (a job of a fork or of Dependabot gets one that only reads)"
        : "";
  return `${error.message}${remedy}`;
}
