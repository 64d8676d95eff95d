import type { RunReport } from "@shardwright/core";

/** What people are told of a run that is over. */
export interface Notification {
  /** One line. */
  readonly title: string;
  /** A few lines of plain text. */
  readonly text: string;
  /** Where there is more to see, if anywhere. */
  readonly url?: string | undefined;
  readonly report: RunReport;
}

/** Tells people of a run, somewhere. */
export interface Notifier {
  /** Lower case and dashes. */
  readonly name: string;
  /** @param signal aborted when it takes too long; nobody waits for it then */
  send(notification: Notification, signal: AbortSignal): Promise<void>;
}
