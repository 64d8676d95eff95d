import type { Index } from "./types.ts";

/** What a leader knows of one other member. */
export interface Progress {
  /**
   * `probe`: it is not known where the logs part, one message at a time finds out. `replicate`: they agree, messages follow each
   * other without waiting for replies (§10.2.2). `snapshot`: what it needs is no longer in the log.
   */
  mode: "probe" | "replicate" | "snapshot";
  /** Durable there, and equal to the leader's log up to here. */
  match: Index;
  /** The next entry to send. */
  next: Index;
  /** In `probe`: a message is on its way, and the next one waits for its reply or a heartbeat. */
  isWaiting: boolean;
  /** In `replicate`: last index of each message with entries that was not answered yet. */
  inFlight: Index[];
  /** Whether it was heard of since the quorum was last checked (§6.2). */
  isActive: boolean;
  /** The highest commit that it was told. */
  told: Index;
  /** The latest round of reads that it confirmed. */
  round: number;
}

export function newProgress(next: Index): Progress {
  return { mode: "probe", match: 0, next, isWaiting: false, inFlight: [], isActive: true, told: 0, round: 0 };
}

export function toProbe(progress: Progress, next: Index): void {
  progress.mode = "probe";
  progress.next = Math.max(next, progress.match + 1);
  progress.isWaiting = false;
  progress.inFlight = [];
}

export function toReplicate(progress: Progress): void {
  progress.mode = "replicate";
  progress.next = progress.match + 1;
  progress.isWaiting = false;
  progress.inFlight = [];
}

export function toSnapshot(progress: Progress): void {
  progress.mode = "snapshot";
  progress.isWaiting = false;
  progress.inFlight = [];
}
