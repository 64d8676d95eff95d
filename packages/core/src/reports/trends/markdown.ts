import { formatCount } from "../../model/count.ts";
import { formatInstant, plural } from "../format.ts";
import { codeSpan, escapeMarkdown } from "../markdown-escape.ts";
import type { ComparedMetric, TrendComparison } from "./comparison.ts";
import { commitAddress } from "./html/links.ts";
import type { RangeHistory } from "./range-history.ts";
import type { ReportedTrend, TrendChange, TrendGroup, TrendReport } from "./trend-report.ts";
import {
  chanceWords,
  changeWords,
  metricName,
  rangeWords,
  ratioIntervalWords,
  ratioWords,
  remarksOf,
  shortCommit,
  testName,
  valueWords,
} from "./words.ts";
import { chosenWords, totalsSentence } from "./totals-words.ts";

const rowsShown = 50;
const groupsShown = 20;
const remarkedShown = 20;
const commitsShown = 10;

/** The report in Markdown, as a CI system shows it under a job. Text of tests stays text. */
export function trendMarkdown(report: TrendReport): string {
  const { about, series, groups, comparison } = report;
  return [
    `## Performance trends of ${escapeMarkdown(about.project)}\n`,
    ...(series.length === 0 ? [] : [`${escapeMarkdown(totalsSentence(report))}\n`]),
    ...[chosenWords(about)].filter((words) => words !== "").map((words) => `${escapeMarkdown(words)}\n`),
    ...groupLines(groups, series, about.repository_url),
    ...changeTable(series),
    ...remarkLines(series),
    ...(comparison === undefined ? [] : comparisonLines(comparison)),
  ].join("\n");
}

const marks = { regression: "🔴", improvement: "🟢" } as const;

function groupLines(
  groups: readonly TrendGroup[],
  series: readonly ReportedTrend[],
  repository_url: string | undefined,
): string[] {
  if (groups.length === 0) return [];
  const lines = groups.slice(0, groupsShown).flatMap((group) => {
    const [first] = group.changes;
    const trend = series[first?.series ?? -1];
    const change = trend?.changes[first?.change ?? -1];
    if (trend === undefined || change === undefined) return [];
    const others = group.changes.length === 1 ? "" : ` and ${plural(group.changes.length - 1, "other series", "other series")}`;
    const cause = group.infrastructure ? " So much moved at once that the machines are the likelier cause." : "";
    return [
      `- ${marks[group.judgement]} **${group.judgement}** in ${escapeMarkdown(rangeWords(group))}: ${nameOf(trend)} ${escapeMarkdown(changeWords(change, trend.unit))}${others}.${cause}`,
      ...(group.history === undefined ? [] : historyLines(group.history, repository_url)),
    ];
  });
  const more = groups.length > groupsShown ? [`- … and ${formatCount(groups.length - groupsShown)} more`] : [];
  return ["### What happened\n", ...lines, ...more, ""];
}

/** The commits of a group as git names them, with links where it is known where they are. */
function historyLines({ commits, more, trouble }: RangeHistory, repository_url: string | undefined): string[] {
  if (trouble !== undefined) return [`  - ${escapeMarkdown(trouble)}`];
  const shown = commits.slice(0, commitsShown).map(({ commit, subject, author }) => {
    const address = commitAddress(commit, repository_url);
    const name = codeSpan(shortCommit(commit));
    return `  - ${address === undefined ? name : `[${name}](<${address}>)`} ${escapeMarkdown(subject)}${author === "" ? "" : ` (${escapeMarkdown(author)})`}`;
  });
  const left = commits.length - shown.length + more;
  return [...shown, ...(left > 0 ? [`  - … and ${formatCount(left)} more`] : [])];
}

function nameOf(trend: ReportedTrend | ComparedMetric): string {
  return `${codeSpan(testName(trend))} ${escapeMarkdown(metricName(trend))}`;
}

function changeTable(series: readonly ReportedTrend[]): string[] {
  const all = series.flatMap((trend) => trend.changes.map((change) => ({ trend, change })));
  if (all.length === 0) return [];
  const rows = all.slice(0, rowsShown).map(({ trend, change }) => row(trend, change));
  return [
    "### Changes\n",
    "| | test | hardware | before → after | change (95 %) | commits | when | corrected p |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
    ...(all.length > rowsShown ? [`\n… and ${formatCount(all.length - rowsShown)} more`] : []),
    "",
  ];
}

function row(trend: ReportedTrend, change: TrendChange): string {
  const { unit, hardware_class } = trend;
  const machines = change.other_machines === true ? " (all machines are others since)" : "";
  return `| ${[
    marks[change.judgement],
    nameOf(trend),
    codeSpan(hardware_class),
    escapeMarkdown(`${valueWords(change.before, unit)} → ${valueWords(change.after, unit)}`),
    escapeMarkdown(`${changeWords(change, unit)}${machines}`),
    escapeMarkdown(rangeWords(change)),
    formatInstant(change.at_ms).slice(0, 10),
    escapeMarkdown(chanceWords(change.q)),
  ].join(" | ")} |`;
}

/** Of series that are no change, and have something to say: drifts, machines, noise. */
function remarkLines(series: readonly ReportedTrend[]): string[] {
  const told = series
    .filter(
      ({ drift, against_baseline, machines, anomalies }) =>
        drift !== undefined || against_baseline !== undefined || machines.length > 0 || anomalies.some(({ newest }) => newest),
    )
    .map((trend) => {
      const newest = trend.anomalies.findLast((anomaly) => anomaly.newest);
      const far =
        newest === undefined
          ? []
          : [
              `Its newest point is ${valueWords(newest.value, trend.unit)} where ${valueWords(newest.expected, trend.unit)} is usual: it may be the beginning of a change.`,
            ];
      return `- ${nameOf(trend)}: ${escapeMarkdown([...far, ...remarksOf(trend)].join(" "))}`;
    });
  if (told.length === 0) return [];
  const more = told.length > remarkedShown ? [`- … and ${formatCount(told.length - remarkedShown)} more`] : [];
  return ["### Also\n", ...told.slice(0, remarkedShown), ...more, ""];
}

function comparisonLines({ baseline, configurations, metrics, more }: TrendComparison): string[] {
  const heads = configurations.map(({ name }) => codeSpan(name));
  const rows = metrics.slice(0, rowsShown).map((metric) => {
    const cells = metric.cells.map((cell) => {
      if (cell === null) return "–";
      const words = escapeMarkdown(`${ratioWords(cell.ratio.estimate)} (${ratioIntervalWords(cell)})`);
      return cell.verdict === "unsure" ? words : `${cell.verdict === "worse" ? "🔴" : "🟢"} **${words}**`;
    });
    return `| ${[nameOf(metric), escapeMarkdown(valueWords(metric.baseline_median, metric.unit)), ...cells].join(" | ")} |`;
  });
  const means = configurations.map(({ geometric_mean }) =>
    geometric_mean === undefined ? "–" : escapeMarkdown(ratioWords(geometric_mean.estimate)),
  );
  return [
    `### Compared with ${codeSpan(baseline)}\n`,
    `| test | ${codeSpan(baseline)} | ${heads.join(" | ")} |`,
    `| --- | --- |${heads.map(() => " --- |").join("")}`,
    `| **geometric mean of the cost** | | ${means.join(" | ")} |`,
    ...rows,
    ...(metrics.length > rowsShown ? [`\n… and ${formatCount(metrics.length - rowsShown)} more`] : []),
    ...(more.configurations + more.metrics > 0
      ? ["\nNot all configurations and metrics were compared: there are too many."]
      : []),
    "",
  ];
}
