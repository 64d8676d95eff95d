import type { Verdict } from "@shardwright/core";

export const notifyWhens = ["change", "failure", "always"] as const;
export type NotifyWhen = (typeof notifyWhens)[number];

/** `broke`: it was green before; `fixed`: it was red; `more`: tests fail that did not; else as it was, or nobody knows how it was. */
export type Change = "broke" | "fixed" | "more" | "red" | "green";

/** How the last run of the same suites on the same branch ended. */
export interface LastVerdict {
  readonly isGreen: boolean;
  /** By `failingKeys`; absent where only the verdict is known. */
  readonly failing?: ReadonlySet<string>;
}

/** What is told of this run, if anything. */
export interface Decision {
  readonly change: Change;
  readonly isTold: boolean;
  /** What fails now and did not before; empty where that is not known. */
  readonly newlyFailing: ReadonlySet<string>;
}

/**
 * Whether people are told of a run. A run that somebody cancelled says nothing of the tests. A green run of which nothing is known before is
 * no change; a red one may be one.
 */
export function decide(
  verdict: Verdict,
  failing: ReadonlySet<string>,
  before: LastVerdict | undefined,
  when: NotifyWhen,
): Decision {
  const isGreen = verdict === "passed";
  const newlyFailing = new Set<string>();
  if (before?.failing !== undefined) for (const key of failing) if (!before.failing.has(key)) newlyFailing.add(key);
  const change = changeOf(isGreen, before, newlyFailing.size > 0);
  const isTold =
    when === "always" ||
    (when === "failure" && !isGreen) ||
    (when === "change" &&
      verdict !== "cancelled" &&
      (change === "broke" || change === "fixed" || change === "more" || (before === undefined && !isGreen)));
  return { change, isTold, newlyFailing };
}

function changeOf(isGreen: boolean, before: LastVerdict | undefined, hasMore: boolean): Change {
  if (isGreen) return before?.isGreen === false ? "fixed" : "green";
  if (before?.isGreen === true) return "broke";
  return hasMore ? "more" : "red";
}
