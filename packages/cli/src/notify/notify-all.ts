import type { PoliteFetch } from "@shardwright/ci";
import { reasonOf } from "@shardwright/core";
import { printableLine } from "../view/text.ts";
import { mailNotifier } from "./mail.ts";
import type { Notification, Notifier } from "./notification.ts";
import { slackNotifier } from "./slack.ts";
import { readTarget } from "./target.ts";
import { teamsNotifier } from "./teams.ts";
import { webhookNotifier } from "./webhook.ts";

/** For all notifiers together, which tell at the same time. */
export const notifyLimit_ms = 45_000;

export interface NotifierOptions {
  readonly fetch: PoliteFetch;
  /** For webhooks. */
  readonly secret?: string | undefined;
  readonly smtpPassword?: string | undefined;
  readonly now_ms: () => number;
}

/** What tells somebody at a target: `slack:https://…`. @throws RangeError for what is no target */
export function openNotifier(text: string, { fetch, secret, smtpPassword, now_ms }: NotifierOptions): Notifier {
  const target = readTarget(text);
  switch (target.kind) {
    case "webhook":
      return webhookNotifier(target.url, { fetch, secret, now_ms });
    case "slack":
      return slackNotifier(target.url, fetch);
    case "teams":
      return teamsNotifier(target.url, fetch);
    case "mail":
      return mailNotifier(target.server, smtpPassword);
  }
}

/** Has all tell, at the same time; trouble with one keeps none of the others, and changes nothing of the run. */
export async function notifyAll(
  notifiers: readonly Notifier[],
  notification: Notification,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<void> {
  await Promise.all(
    notifiers.map(async (notifier) => {
      try {
        await inTime(notifier.send(notification, signal), signal);
      } catch (error) {
        const why = signal.aborted ? "it took too long" : printableLine(reasonOf(error));
        say(`The notification by ${notifier.name} was not sent: ${why}.`.replace(/\.\.$/, "."));
      }
    }),
  );
}

/** One that does not heed the signal is waited for no longer. */
function inTime(sending: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    sending.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
    if (signal.aborted) onAbort();
  });
}
