import {
  type CaseResult,
  type Failure,
  type FactBody,
  type Quarantine,
  type QuarantineEntry,
  isExcused,
  isExpired,
} from "@shardwright/core";
import { noticeOnce } from "./notices.ts";
import type { AttemptState, RunState } from "./run-state.ts";

/** Notes of an attempt's cases that went wrong how many of them are in quarantine. */
export function countFailed(attempt: AttemptState, quarantine: Quarantine, file: string, failed: readonly CaseResult[]): void {
  if (quarantine.size === 0) return;
  const known = attempt.failed ?? { all: 0, quarantined: 0 };
  const quarantined = failed.filter((result) => quarantine.of(file, result) !== undefined).length;
  attempt.failed = { all: known.all + failed.length, quarantined: known.quarantined + quarantined };
}

/** Whether an attempt that went wrong did so by nothing but cases in quarantine. */
export function isExcusedAttempt(
  run: RunState,
  attempt: AttemptState,
  end: { readonly outcome: string; readonly failure?: Failure | undefined },
): boolean {
  // What a resumed attempt has left out it says nothing of: a whole one follows it.
  if (run.quarantine.size === 0 || attempt.failed === undefined || attempt.resumption !== undefined) return false;
  return isExcused(end, attempt.failed);
}

/** Says which entries of a run do not count because their time is over. */
export function tellExpired(run: RunState, entries: readonly QuarantineEntry[], facts: FactBody[]): void {
  for (const entry of entries) {
    if (!isExpired(entry) || entry.origin === "rule") continue;
    const { test, owner, expires_at_ms } = entry;
    const day = new Date(expires_at_ms).toISOString().slice(0, 10);
    noticeOnce(run, "test-quarantine", `The quarantine of ${test} (${owner}) is over since ${day}: its failures count.`, facts);
  }
}
