import { isExpired, Quarantine, type QuarantineEntry } from "../model/quarantine.ts";
import { finalCases, isBad } from "./final-cases.ts";
import type { ReportCase, ReportQuarantine, ReportTask, RunReport } from "./run-report.ts";

/**
 * The cases of each attempt, with those in quarantine marked.
 * @param cases by `task/attempt`
 * @param files of the tasks, by their numbers
 */
export function markQuarantined(
  cases: ReadonlyMap<string, readonly ReportCase[]>,
  files: readonly { readonly task: number; readonly file: string }[],
  entries: readonly QuarantineEntry[],
): Map<string, ReportCase[]> {
  const quarantine = new Quarantine(entries);
  if (quarantine.size === 0) return new Map([...cases].map(([key, list]) => [key, [...list]]));
  const fileOf = new Map(files.map(({ task, file }) => [String(task), file]));
  return new Map(
    [...cases].map(([key, list]) => {
      const file = fileOf.get(key.slice(0, key.indexOf("/"))) ?? "";
      const marked = list.map((result) => {
        const entry = quarantine.of(file, result);
        return entry === undefined ? result : { ...result, quarantined: entry.test };
      });
      return [key, marked];
    }),
  );
}

/** What came of each entry of the quarantine. */
export function quarantineOf(tasks: readonly ReportTask[], entries: readonly QuarantineEntry[]): ReportQuarantine[] {
  const seen = new Map<string, Set<ReportCase["status"]>>();
  for (const task of tasks)
    for (const { quarantined, status } of finalCases(task)) {
      if (quarantined === undefined) continue;
      const known = seen.get(quarantined);
      if (known === undefined) seen.set(quarantined, new Set([status]));
      else known.add(status);
    }
  const stands = new Set(entries.filter((entry) => !isExpired(entry)).map(({ test }) => test));
  const told = new Set<string>();
  return entries.flatMap((entry): ReportQuarantine[] => {
    const { test, origin, reason } = entry;
    const expired = isExpired(entry);
    // Of several for one test one counts.
    if (told.has(test) || (expired && stands.has(test))) return [];
    told.add(test);
    const statuses = [...(seen.get(test) ?? [])];
    const state = expired
      ? "expired"
      : statuses.some(isBad)
        ? "failed"
        : statuses.includes("passed")
          ? "passed"
          : statuses.length > 0
            ? "skipped"
            : "missing";
    const owned = entry.origin === "rule" ? {} : { owner: entry.owner, expires_at_ms: entry.expires_at_ms };
    return [{ test, origin, ...owned, reason, state }];
  });
}

/** By whom, until when and why a test is in quarantine: "in quarantine (ada, until 2026-12-24): #123". */
export function quarantineWords({ owner, expires_at_ms, reason }: ReportQuarantine): string {
  const day = expires_at_ms === undefined ? "" : `, until ${new Date(expires_at_ms).toISOString().slice(0, 10)}`;
  return `in quarantine (${owner ?? "by rule, for this run"}${day}): ${reason}`;
}

/** The entry that a case stands under. */
export function entryFor(report: Pick<RunReport, "quarantine">, { quarantined }: ReportCase): ReportQuarantine | undefined {
  return quarantined === undefined ? undefined : report.quarantine?.find(({ test }) => test === quarantined);
}

/** Entries that nothing ran for, in a sentence each. */
export function missingSentences({ quarantine = [] }: Pick<RunReport, "quarantine">): string[] {
  return quarantine
    .filter(({ state }) => state === "missing")
    .map(
      ({ test, owner }) =>
        `In quarantine, but not in this run: ${test}${owner === undefined ? "" : ` (${owner})`}. Its file is gone or was not selected, or it is called otherwise.`,
    );
}
