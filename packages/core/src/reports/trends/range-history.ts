import { plural } from "../format.ts";
import { shortCommit } from "./words.ts";

/** Commits of one range that a report names. */
export const rangeCommitsLimit = 50;

export interface RangeCommit {
  readonly commit: string;
  /** The first line of its message. */
  readonly subject: string;
  readonly author: string;
}

/** What the checkout's history says of a range of commits: after the last good one, up to and with the first bad one. */
export interface RangeHistory {
  /** Newest first, those that were never measured among them; at most 50. */
  readonly commits: readonly RangeCommit[];
  /** So many more there are. */
  readonly more: number;
  /** Why they cannot be said, in a sentence. */
  readonly trouble?: string;
}

/** How many there are in all: `3 commits in git`. */
export function rangeCountWords({ commits, more }: RangeHistory): string {
  return `${plural(commits.length + more, "commit")} in git`;
}

/** Lines for a terminal. @param shown commits at most */
export function rangeHistoryLines(history: RangeHistory, shown: number): string[] {
  if (history.trouble !== undefined) return [history.trouble];
  const left = history.commits.length - shown + history.more;
  return [
    `${rangeCountWords(history)}:`,
    ...history.commits.slice(0, shown).map((commit) => `  ${rangeCommitWords(commit)}`),
    ...(left > 0 ? [`  … and ${left} more`] : []),
  ];
}

/** One line: `1a2b3c4d5e6f Sort by price (Ann)`. */
function rangeCommitWords({ commit, subject, author }: RangeCommit): string {
  return `${shortCommit(commit)} ${subject}${author === "" ? "" : ` (${author})`}`;
}
