import { caseName } from "../model/case.ts";
import { finalCases } from "./final-cases.ts";
import { formatCount } from "./format.ts";
import { codeSpan, escapeMarkdown } from "./markdown-escape.ts";
import { formatMeasure, metricRow, ownMetrics } from "./measures.ts";
import type { RunReport } from "./run-report.ts";

const rowsShown = 50;

/** What tests measured: name, median, the ninth of ten measurements, and how many there were. */
export function metricsSection({ tasks }: RunReport): string {
  const rows: string[] = [];
  let total = 0;
  for (const task of tasks)
    for (const result of finalCases(task))
      for (const metric of ownMetrics(result.metrics)) {
        total += 1;
        if (rows.length >= rowsShown) continue;
        const { name, unit, median, p90, n, isPartial } = metricRow(metric);
        const test = `${codeSpan(caseName(result))}${task.browser === undefined ? "" : ` in ${codeSpan(task.browser)}`}`;
        const measure = (value: number | undefined) => (value === undefined ? "" : escapeMarkdown(formatMeasure(value, unit)));
        rows.push(
          `| ${test} | ${codeSpan(name)}${isPartial ? " (partial)" : ""} | ${measure(median)} | ${measure(p90)} | ${formatCount(n)} |`,
        );
      }
  if (total === 0) return "";
  if (total > rows.length) rows.push(`| … and ${formatCount(total - rows.length)} more | | | | |`);
  return `\n<details><summary>Measurements</summary>\n\n| test | metric | median | p90 | n |\n| --- | --- | ---: | ---: | ---: |\n${rows.join("\n")}\n\n</details>\n`;
}
