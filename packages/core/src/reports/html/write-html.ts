import { failuresOf } from "../failure-analysis.ts";
import { groupFailures, type FailureGroup } from "../groups.ts";
import type { RunReport } from "../run-report.ts";
import { pageScript, pageScriptHash, pageStyle, pageStyleHash } from "./assets.generated.ts";
import { encodeReport } from "./encode.ts";
import { embedJson, escapeHtml } from "./escape.ts";
import { lanesPicture } from "./lanes-section.ts";
import { troubleSection } from "./trouble-section.ts";
import { type TimelineEvent, timelineOf } from "../timeline.ts";
import { browsersSection } from "./browsers-section.ts";
import { comparisonSection } from "./comparison-section.ts";
import { failuresSection } from "./failures-section.ts";
import { quarantineSection } from "./quarantine-section.ts";
import { iconOf, summarySection, topBar, verdictWords } from "./summary-section.ts";

const evidenceLimit = 64 * 1024 * 1024;

export interface HtmlOptions {
  /** Most characters of messages, outputs and logs, those of failures first. */
  readonly evidence_limit_characters?: number;
}

/**
 * The report as one HTML file that needs no network. Verdict, account and failures are plain HTML and read well where a CI system
 * forbids scripts; search, details and the timeline come with the page's script.
 */
export function writeHtml(report: RunReport, options: HtmlOptions = {}): string {
  return [...htmlChunks(report, options)].join("");
}

/** {@link writeHtml} piece by piece, for a report too large for one string. */
export function* htmlChunks(report: RunReport, options: HtmlOptions = {}): Generator<string> {
  const groups = groupFailures(report);
  const events = timelineOf({ ...report, isOver: true });
  yield head(report);
  yield `<body>\n${topBar(report)}\n<main id="main">\n`;
  yield summarySection(report);
  yield failuresSection(report, groups, failuresOf(report));
  yield comparisonSection(report);
  yield browsersSection(report);
  yield quarantineSection(report);
  yield troubleSection(events);
  yield placeholders(report, events);
  yield "</main>\n";
  yield* data(report, groups, options.evidence_limit_characters ?? evidenceLimit);
  yield `<script>${pageScript}</script>\n</body>\n</html>\n`;
}

function head(report: RunReport): string {
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${pageScriptHash}'`,
    `style-src 'sha256-${pageStyleHash}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(`${verdictWords[report.verdict]}: ${report.run.key}`)}</title>
<link rel="icon" href="${iconOf(report.verdict)}">
<style>${pageStyle}</style>
</head>
`;
}

/** What the script fills; hidden as long as it has not run, but for the timeline, of which there is a plain picture before. */
function placeholders(report: RunReport, events: readonly TimelineEvent[]): string {
  const timeline =
    report.workers.length > 0
      ? `<section id="timeline" class="panel" aria-labelledby="timeline-title"><h2 id="timeline-title">Timeline</h2>${lanesPicture(report, events)}</section>\n`
      : "";
  return `${timeline}<section id="tests" aria-labelledby="tests-title" hidden></section>
<noscript><p class="noscript">Scripts are off here: every test, the logs and the timeline's details need them. Download this file and open it in a browser, or read report.json beside it.</p></noscript>
`;
}

function* data(report: RunReport, groups: readonly FailureGroup[], limit: number): Generator<string> {
  const { tasks, ...rest } = encodeReport(report, groups, limit);
  yield `<script type="application/json" id="data">${embedJson(rest).slice(0, -1)},"tasks":[`;
  for (const [index, task] of tasks.entries()) yield `${index === 0 ? "" : ",\n"}${embedJson(task)}`;
  yield "]}</script>\n";
}
