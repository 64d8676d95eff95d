import {
  type ReportedTrend,
  type TrendComparison,
  type TrendGroup,
  type TrendReport,
  changeWords,
  metricName,
  plural,
  rangeHistoryLines,
  rangeWords,
  ratioIntervalWords,
  ratioWords,
  remarksOf,
  testName,
  totalsSentence,
} from "@shardwright/core";
import { type Colors, printableLine } from "../view/text.ts";

const shown = 20;
const commitsShown = 10;

/** A report for the terminal: what changed, then what else a series has to say, as far as a screen goes. */
export function reportLines(report: TrendReport, colors: Colors, isEach: boolean): string[] {
  const { series, groups, comparison } = report;
  const changed = series.filter(({ changes }) => changes.length > 0);
  const others = series.filter(({ changes }) => changes.length === 0);
  return [
    ...(series.length === 0 ? [] : [totalsSentence(report)]),
    ...changed.slice(0, shown).flatMap((trend) => seriesLines(trend, colors)),
    ...(changed.length > shown ? [`… and ${plural(changed.length - shown, "series", "series")} more that changed`] : []),
    ...(isEach ? others.slice(0, shown).flatMap((trend) => seriesLines(trend, colors)) : []),
    ...(isEach && others.length > shown
      ? [`… and ${plural(others.length - shown, "series", "series")} more without a change`]
      : []),
    ...groups.slice(0, shown).flatMap((group) => groupHistoryLines(group, colors)),
    ...(comparison === undefined || series.length > 0 ? [] : comparisonLines(comparison, colors)),
  ];
}

/** What git says of the commits of a change, where it is asked. */
function groupHistoryLines({ history, judgement, ...range }: TrendGroup, colors: Colors): string[] {
  if (history === undefined) return [];
  return [
    "",
    `${colors.bold(judgement)} in ${rangeWords(range)}`,
    ...rangeHistoryLines(history, commitsShown).map((line) => `  ${printableLine(line)}`),
  ];
}

function seriesLines(trend: ReportedTrend, colors: Colors): string[] {
  return [
    "",
    `${colors.bold(testName(trend))}  ${metricName(trend)}  ${trend.hardware_class}`,
    ...trend.changes.map((change) => {
      const paint = change.judgement === "regression" ? colors.red : colors.green;
      return `  ${paint(`${change.direction === "up" ? "▲" : "▼"} ${changeWords(change, trend.unit)}`)}  ${change.judgement} in ${rangeWords(change)}`;
    }),
    ...remarksOf(trend).map((remark) => `  ${colors.dim(remark)}`),
  ];
}

function comparisonLines({ baseline, configurations, metrics }: TrendComparison, colors: Colors): string[] {
  return configurations.flatMap(({ name, geometric_mean, worse, better, compared, missing }, place) => {
    const mean =
      geometric_mean === undefined ? "nothing to compare" : `cost ${ratioWords(geometric_mean.estimate)} in the geometric mean`;
    const sure = metrics.filter(({ cells }) => cells[place] !== null && cells[place]?.verdict !== "unsure");
    return [
      `${colors.bold(name)} beside ${baseline}: ${mean}; of ${plural(compared, "metric")} ${worse} worse, ${better} better${missing > 0 ? `, ${missing} not measured under both` : ""}`,
      ...sure.slice(0, shown).flatMap((metric) => {
        const cell = metric.cells[place];
        if (cell === null || cell === undefined) return [];
        const paint = cell.verdict === "worse" ? colors.red : colors.green;
        return [
          `  ${paint(`${cell.ratio.estimate > 1 ? "▲" : "▼"} ${ratioWords(cell.ratio.estimate)}`)} (${ratioIntervalWords(cell)})  ${testName(metric)}  ${metricName(metric)}`,
        ];
      }),
      ...(sure.length > shown ? [`  … and ${sure.length - shown} more`] : []),
    ];
  });
}
