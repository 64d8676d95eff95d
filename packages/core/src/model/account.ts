import { formatCount } from "./count.ts";
import { z } from "zod";
import type { TaskStatus } from "./task.ts";
import type { Verdict } from "./run.ts";

const count = z.int().nonnegative();

/**
 * Where every entry of the manifest went. The terms are disjoint: `flaky` passed, but only after a failed attempt, and is not
 * counted under `passed`; of what is `quarantined` nothing failed but cases in quarantine, and it is not counted under `failed`. Promise 0
 * is this sum.
 */
export const accountSchema = z.strictObject({
  discovered: count,
  passed: count,
  failed: count,
  errored: count,
  skipped: count,
  flaky: count,
  cancelled: count,
  incomplete: count,
  /** Absent where there is none. */
  quarantined: count.optional(),
});
export type Account = z.infer<typeof accountSchema>;

/** In the order of the account's sentence. */
export const accountTerms = [
  "passed",
  "failed",
  "errored",
  "skipped",
  "flaky",
  "cancelled",
  "incomplete",
  "quarantined",
] as const satisfies readonly (keyof Account)[];
export type AccountTerm = (typeof accountTerms)[number];

export interface AccountEntry {
  readonly status: TaskStatus;
  readonly flaky: boolean;
  /** It failed, but nothing of it failed that is not in quarantine. */
  readonly quarantined?: boolean | undefined;
  /** Key of the file that it is a part of: the parts of one file are one entry. */
  readonly of?: string | undefined;
}

/** What counts most of a file's parts comes first. */
const gravest: readonly TaskStatus[] = ["pending", "leased", "incomplete", "cancelled", "errored", "failed", "passed", "skipped"];

type Whole = Pick<AccountEntry, "status" | "flaky" | "quarantined">;

/** The result of a file by those of its parts: the gravest of them. What is in quarantine is less grave than what is not. */
export function joinParts(parts: readonly Whole[]): Whole {
  const status = gravest.find((each) => parts.some((part) => part.status === each)) ?? "incomplete";
  const decisive = parts.filter((part) => part.status === status);
  const quarantined = status === "failed" && decisive.every((part) => part.quarantined === true);
  return {
    status,
    flaky: status === "passed" && parts.some((part) => part.flaky),
    ...(quarantined && { quarantined }),
  };
}

/** Makes one entry of the parts of each file. */
function joined(entries: Iterable<AccountEntry>): Whole[] {
  const whole: Whole[] = [];
  const files = new Map<string, AccountEntry[]>();
  for (const entry of entries) {
    const parts = entry.of === undefined ? undefined : files.get(entry.of);
    if (entry.of === undefined) whole.push(entry);
    else if (parts === undefined) files.set(entry.of, [entry]);
    else parts.push(entry);
  }
  return [...whole, ...[...files.values()].map(joinParts)];
}

/** Counts the entries; whatever is not final counts as `incomplete`. */
export function accountFor(entries: Iterable<AccountEntry>): Account {
  const account: Account = { discovered: 0, passed: 0, failed: 0, errored: 0, skipped: 0, flaky: 0, cancelled: 0, incomplete: 0 };
  for (const entry of joined(entries)) {
    const term = accountTerm(entry);
    account.discovered += 1;
    account[term] = (account[term] ?? 0) + 1;
  }
  return account;
}

/** Where an entry is counted. */
export function accountTerm({ status, flaky, quarantined }: Whole): AccountTerm {
  if (status === "pending" || status === "leased") return "incomplete";
  if (status === "passed" && flaky) return "flaky";
  return status === "failed" && quarantined === true ? "quarantined" : status;
}

export function addsUp(account: Account): boolean {
  return accountTerms.reduce((sum, term) => sum + (account[term] ?? 0), 0) === account.discovered;
}

export interface VerdictOptions {
  readonly cancelled: boolean;
  readonly allowEmpty: boolean;
  /** What was set up for all tests of a suite failed after them, which none of them tells. */
  readonly teardownFailed?: boolean;
  /** Nothing was run at all: every entry was skipped because no worker offers its browser, or no file of a suite had a test to run. */
  readonly ranNothing?: boolean;
}

/**
 * The verdict that an account allows. Green is the last case and asks for everything: each entry accounted for, none of them bad.
 * An interrupted run is `cancelled`; then come the run's own troubles before the tests' failures, because a failure count that is
 * not complete must not look like one that is.
 */
export function verdictFor(account: Account, options: VerdictOptions): Verdict {
  if (options.cancelled) return "cancelled";
  if (!addsUp(account)) return "errored";
  if (account.incomplete > 0) return "incomplete";
  if (account.cancelled > 0) return "cancelled";
  if (account.errored > 0) return "errored";
  if (account.failed > 0) return "failed";
  if (options.teardownFailed === true) return "errored";
  if (options.ranNothing === true) return "incomplete";
  if (account.discovered === 0 && !options.allowEmpty) return "errored";
  return "passed";
}

/** "1,204 discovered = 1,190 passed + 3 failed + 11 skipped"; terms that are zero are left out. */
export function accountSentence(account: Account): string {
  const parts = accountTerms.flatMap((term) => {
    const value = account[term] ?? 0;
    return value > 0 ? [`${formatCount(value)} ${term}`] : [];
  });
  return `${formatCount(account.discovered)} discovered = ${parts.length === 0 ? "0" : parts.join(" + ")}`;
}
