import type { TrendReport } from "./trend-report.ts";

/** The report as JSON. What is no number (a share of a level of 0) is null. */
export function trendJson(report: TrendReport): string {
  return `${JSON.stringify(report)}\n`;
}
