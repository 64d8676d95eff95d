import { caseName } from "../model/case.ts";
import type { Metric } from "../model/metric.ts";
import { finalCases, wholeMetrics } from "./final-cases.ts";
import { formatCount } from "../model/count.ts";
import { codeSpan, escapeMarkdown } from "./markdown-escape.ts";
import { formatMeasure, metricRow, ownMetrics } from "./measures.ts";
import type { ReportTask, RunReport } from "./run-report.ts";

const rowsShown = 50;

/** What tests measured: name, median, the ninth of ten measurements, and how many there were. */
export function metricsSection({ tasks }: RunReport): string {
  const rows: string[] = [];
  let total = 0;
  for (const task of tasks)
    for (const [title, metrics] of measurersOf(task))
      for (const metric of metrics) {
        total += 1;
        if (rows.length >= rowsShown) continue;
        const { name, unit, median, p90, n, isPartial } = metricRow(metric);
        const test = `${codeSpan(title)}${task.browser === undefined ? "" : ` in ${codeSpan(task.browser)}`}`;
        const measure = (value: number | undefined) => (value === undefined ? "" : escapeMarkdown(formatMeasure(value, unit)));
        rows.push(
          `| ${test} | ${codeSpan(name)}${isPartial ? " (partial)" : ""} | ${measure(median)} | ${measure(p90)} | ${formatCount(n)} |`,
        );
      }
  if (total === 0) return "";
  if (total > rows.length) rows.push(`| … and ${formatCount(total - rows.length)} more | | | | |`);
  return `\n<details><summary>Measurements</summary>\n\n| test | metric | median | p90 | n |\n| --- | --- | ---: | ---: | ---: |\n${rows.join("\n")}\n\n</details>\n`;
}

/** Each case, and the file as a whole, which is called by its name. */
function measurersOf(task: ReportTask): [title: string, metrics: readonly Metric[]][] {
  const cases = finalCases(task).map((result): [string, readonly Metric[]] => [caseName(result), ownMetrics(result.metrics)]);
  return [...cases, [task.file, wholeMetrics(task)]];
}
