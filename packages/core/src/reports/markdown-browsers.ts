import { browsersOf } from "./browsers/compare.ts";
import type { BrowserComparison } from "./browsers/schema.ts";
import {
  browserOutcome,
  browsersRemarks,
  browsersSentence,
  browserWords,
  cellWords,
  judgementWords,
  ratioWords,
  rowName,
  valueWords,
} from "./browsers/words.ts";
import { formatCount } from "../model/count.ts";
import { codeSpan, escapeMarkdown } from "./markdown-escape.ts";
import { formatMeasure } from "./measures.ts";
import type { RunReport } from "./run-report.ts";

const rowsShown = 20;
const marks = { passed: "✅", failed: "❌", errored: "💥", skipped: "⏭️", absent: "➖" } as const;

/** What differs between browsers, in numbers, for the report's head. */
export function browsersLine(report: RunReport): string {
  const comparison = browsersOf(report);
  if (comparison === undefined) return "";
  const names = comparison.browsers.map(({ browser }) => escapeMarkdown(browser)).join(", ");
  return `Across ${names}: ${escapeMarkdown(browsersSentence(comparison))}.`;
}

/** What is different between the browsers that the same files ran in. */
export function browsersSection(report: RunReport): string {
  const comparison = browsersOf(report);
  if (comparison === undefined) return "";
  const parts = [browserList(comparison), verdicts(comparison), values(comparison), speed(comparison), remarks(comparison)];
  return `\n### Across browsers\n\n${parts.filter((part) => part !== "").join("\n")}`;
}

function browserList({ browsers }: BrowserComparison): string {
  return `${browsers.map((one) => `- ${codeSpan(browserWords(one))}: ${escapeMarkdown(browserOutcome(one))}`).join("\n")}\n`;
}

function verdicts({ browsers, tests, totals }: BrowserComparison): string {
  const rows = tests
    .filter(({ differs }) => differs)
    .slice(0, rowsShown)
    .map((test) => {
      const cells = test.cells.map((cell) => `${marks[cell.status]} ${escapeMarkdown(cellWords(cell))}`);
      return [codeSpan(rowName(test)), codeSpan(test.file), ...cells];
    });
  return table(["test", "file", ...browsers.map(({ browser }) => escapeMarkdown(browser))], rows, totals.tests_differing);
}

function values({ browsers, values: all, totals }: BrowserComparison): string {
  const rows = all
    .filter(({ differs }) => differs)
    .slice(0, rowsShown)
    .map((value) => {
      const cells = value.cells.map((cell, index) =>
        escapeMarkdown(valueWords(cell, browsers[index]?.browser === value.reference)),
      );
      return [codeSpan(rowName(value)), codeSpan(value.name), ...cells];
    });
  return table(["test", "computed", ...browsers.map(({ browser }) => escapeMarkdown(browser))], rows, totals.values_differing);
}

function speed({ browsers, speed: all, totals }: BrowserComparison): string {
  const rows = all.slice(0, rowsShown).map((row) => {
    const cells = row.cells.map((cell) => {
      if (cell === null) return "";
      const ratio = cell.judgement === undefined ? "" : `<br>${ratioWords(cell)} ${judgementWords[cell.judgement]}`;
      return `${escapeMarkdown(formatMeasure(cell.median, row.unit))}${ratio}`;
    });
    return [codeSpan(rowName(row)), codeSpan(row.name), ...cells];
  });
  const columns = ["test", "metric", ...browsers.map(({ browser }) => escapeMarkdown(browser))];
  return rows.length === 0
    ? ""
    : `<details open><summary>Speed</summary>\n\n${table(columns, rows, totals.metrics)}\n</details>\n`;
}

function remarks(comparison: BrowserComparison): string {
  const lines = browsersRemarks(comparison).map((remark) => `- ${escapeMarkdown(remark)}`);
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function table(columns: readonly string[], rows: readonly (readonly string[])[], total: number): string {
  if (rows.length === 0) return "";
  const hidden = total - rows.length;
  const rest = hidden > 0 ? [[`… and ${formatCount(hidden)} more`, ...columns.slice(1).map(() => "")]] : [];
  const lines = [columns, columns.map(() => "---"), ...rows, ...rest].map((cells) => `| ${cells.join(" | ")} |`);
  return `${lines.join("\n")}\n`;
}
