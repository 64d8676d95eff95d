import { z } from "zod";
import type { TaskStatus } from "./task.ts";
import type { Verdict } from "./run.ts";

const count = z.int().nonnegative();

/**
 * Where every entry of the manifest went. The terms are disjoint: `flaky` passed, but only after a failed attempt, and is not
 * counted under `passed`. Promise 0 is this sum.
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
});
export type Account = z.infer<typeof accountSchema>;

const terms = ["passed", "failed", "errored", "skipped", "flaky", "cancelled", "incomplete"] as const;

export interface AccountEntry {
  readonly status: TaskStatus;
  readonly flaky: boolean;
  /** Key of the file that it is a part of: the parts of one file are one entry. */
  readonly of?: string | undefined;
}

/** What counts most of a file's parts comes first. */
const gravest: readonly TaskStatus[] = ["pending", "leased", "incomplete", "cancelled", "errored", "failed", "passed", "skipped"];

/** The result of a file by those of its parts: the gravest of them. */
export function joinParts(parts: readonly Pick<AccountEntry, "status" | "flaky">[]): Pick<AccountEntry, "status" | "flaky"> {
  const status = gravest.find((each) => parts.some((part) => part.status === each)) ?? "incomplete";
  return { status, flaky: status === "passed" && parts.some((part) => part.flaky) };
}

/** Makes one entry of the parts of each file. */
function joined(entries: Iterable<AccountEntry>): Pick<AccountEntry, "status" | "flaky">[] {
  const whole: Pick<AccountEntry, "status" | "flaky">[] = [];
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
  for (const { status, flaky } of joined(entries)) {
    account.discovered += 1;
    if (status === "pending" || status === "leased") account.incomplete += 1;
    else if (status === "passed" && flaky) account.flaky += 1;
    else account[status] += 1;
  }
  return account;
}

export function addsUp(account: Account): boolean {
  return terms.reduce((sum, term) => sum + account[term], 0) === account.discovered;
}

export interface VerdictOptions {
  readonly cancelled: boolean;
  readonly allowEmpty: boolean;
  /** What was set up for all tests of a suite failed after them, which none of them tells. */
  readonly teardownFailed?: boolean;
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
  if (account.discovered === 0 && !options.allowEmpty) return "errored";
  return "passed";
}

/** "1,204 discovered = 1,190 passed + 3 failed + 11 skipped"; terms that are zero are left out. */
export function accountSentence(account: Account): string {
  const number = (value: number) => value.toLocaleString("en-US");
  const parts = terms.filter((term) => account[term] > 0).map((term) => `${number(account[term])} ${term}`);
  return `${number(account.discovered)} discovered = ${parts.length === 0 ? "0" : parts.join(" + ")}`;
}
