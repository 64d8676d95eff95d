import { accountSentence } from "../model/account.ts";
import type { Verdict } from "../model/run.ts";
import { comparisonLine, comparisonSection } from "./markdown-comparison.ts";
import { browsersLine, browsersSection } from "./markdown-browsers.ts";
import { metricsSection } from "./markdown-metrics.ts";
import { failuresOf } from "./failure-analysis.ts";
import { groupFailures } from "./groups.ts";
import { formatCount } from "../model/count.ts";
import { plural } from "./format.ts";
import {
  artifactsSection,
  costLine,
  flakySection,
  noticesSection,
  quarantineSection,
  recoverySection,
  resumedSection,
  slowestSection,
  workersSection,
} from "./markdown-sections.ts";
import { ownersSection } from "./markdown-owners.ts";
import { failuresSection } from "./markdown-failures.ts";
import { escapeMarkdown } from "./markdown-escape.ts";
import type { RunReport } from "./run-report.ts";

/** GitHub takes 1 MiB for a step's summary; the slack leaves room for what else the step writes. */
export const markdownLimitBytes = 1024 * 1024 - 16 * 1024;
const smallestLimitBytes = 4096;

const headlines = {
  passed: "✅ Passed",
  failed: "❌ Failed",
  errored: "💥 Errored",
  incomplete: "⚠️ Incomplete",
  cancelled: "🚫 Cancelled",
} as const satisfies Record<Verdict, string>;

/**
 * The report for a CI summary or a comment: verdict and account first, then what failed, what is new against the
 * base first, as far as the limit allows.
 * @param options.limit_bytes most bytes of UTF-8; a comment on GitHub takes 65,535 characters
 * @throws RangeError for a limit under 4096 bytes
 */
export function writeMarkdown(report: RunReport, options: { readonly limit_bytes?: number } = {}): string {
  const limit_bytes = options.limit_bytes ?? markdownLimitBytes;
  if (limit_bytes < smallestLimitBytes)
    throw new RangeError(`limit_bytes is ${limit_bytes}; at least ${smallestLimitBytes} are needed`);
  const head = headOf(report);
  const tail = fitting(
    [
      comparisonSection(report),
      browsersSection(report),
      ownersSection(report),
      noticesSection(report),
      quarantineSection(report),
      recoverySection(report),
      artifactsSection(report),
      flakySection(report),
      resumedSection(report),
      metricsSection(report),
      slowestSection(report),
      workersSection(report),
    ],
    limit_bytes / 3,
  );
  const left = limit_bytes - bytesOf(head) - bytesOf(tail);
  return `${head}${failuresSection(report, groupFailures(report), failuresOf(report), left)}${tail}`;
}

function headOf(report: RunReport): string {
  const { cases } = report;
  const counts = (["failed", "errored", "skipped", "flaky", "quarantined"] as const).flatMap((term) => {
    const count = cases[term] ?? 0;
    return count > 0 ? [`${formatCount(count)} ${term}`] : [];
  });
  const in_cases = counts.length === 0 ? "all passed" : counts.join(", ");
  const lines = [
    `## ${headlines[report.verdict]}: ${escapeMarkdown(report.reason.slice(0, 200))}`,
    `**${accountSentence(report.account)}** ${report.account.discovered === 1 ? "task" : "tasks"}`,
    cases.total > 0 ? `${plural(cases.total, "test")}: ${in_cases}. ${costLine(report)}` : costLine(report),
    comparisonLine(report),
    browsersLine(report),
  ];
  return `${lines.filter((line) => line !== "").join("\n\n")}\n`;
}

/** The sections that fit, in order. */
function fitting(sections: readonly string[], limit_bytes: number): string {
  let text = "";
  let left = limit_bytes;
  for (const section of sections) {
    const bytes = bytesOf(section);
    if (bytes > left) continue;
    text += section;
    left -= bytes;
  }
  return text;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
