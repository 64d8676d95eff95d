import {
  accountSentence,
  annotationsOf,
  formatCount,
  plural,
  writeMarkdown,
  type Annotation,
  type RunReport,
  type Verdict,
} from "@shardwright/core";

/** What is shown of a run, wherever it is shown. */
export interface Publication {
  readonly report: RunReport;
  readonly verdict: Verdict;
  /** `3 of 1,204 tests failed`, one line. */
  readonly title: string;
  /** The account and the verdict's reason, one line of text. */
  readonly sentence: string;
  /** The run as Markdown, worst first, cut where it has to be. */
  readonly markdown: (limit: MarkdownLimit) => string;
  /** Those that say most come first. */
  readonly annotations: readonly Annotation[];
}

/** How much Markdown a place takes; at least 4,096 of either. */
export type MarkdownLimit = { readonly bytes: number } | { readonly characters: number };

/** Makes of a report what all systems show of it. */
export function publicationOf(report: RunReport): Publication {
  return {
    report,
    verdict: report.verdict,
    title: titleOf(report),
    sentence: `${accountSentence(report.account)}: ${report.reason}`,
    markdown: (limit) =>
      "bytes" in limit
        ? writeMarkdown(report, { limit_bytes: limit.bytes })
        : // No character has less than one byte: what fits as bytes fits as characters.
          writeMarkdown(report, { limit_bytes: limit.characters }),
    annotations: annotationsOf(report),
  };
}

function titleOf({ verdict, reason, cases, account, comparison }: RunReport): string {
  const bad = cases.failed + cases.errored;
  const tests = plural(cases.total, "test");
  switch (verdict) {
    case "passed":
      return cases.flaky > 0 ? `${tests} passed, ${cases.flaky} of them flaky` : `${tests} passed`;
    case "failed":
    case "errored":
      if (bad > 0) {
        const newly = comparison?.totals.newly_failing ?? 0;
        const news = comparison === undefined ? "" : newly === 0 ? ", none of them newly" : `, ${formatCount(newly)} newly`;
        return `${formatCount(bad)} of ${tests} failed${news}`;
      }
      // Where it is nothing that failed, the reason says what is wrong: too little is covered.
      return account.failed + account.errored === 0 ? reason : `${plural(account.failed + account.errored, "file")} failed`;
    case "incomplete":
      return `Incomplete: ${plural(account.discovered, "file")}, not all with a result`;
    case "cancelled":
      return "Cancelled";
  }
}
