import { caseKey } from "../../model/case.ts";
import { plainText } from "../../model/plain-text.ts";
import { browsersOf } from "../browsers/compare.ts";
import type { BrowserCell, BrowserComparison, BrowserTest, BrowserValue } from "../browsers/schema.ts";
import { browserOutcome, browsersRemarks, cellWords, differingWords, rowName, valueWords } from "../browsers/words.ts";
import { finalCases } from "../final-cases.ts";
import { formatCount } from "../../model/count.ts";
import { plural } from "../format.ts";
import type { RunReport } from "../run-report.ts";
import { speedTable } from "./browsers-speed.ts";
import { escapeHtml } from "./escape.ts";

const differingShown = 100;
const alikeShown = 40;

const glyphs = { passed: "✓", failed: "✕", errored: "!", skipped: "–", absent: "∅" } as const;

/** What is different between the browsers that the same files ran in: verdicts, what was computed, and how fast. */
export function browsersSection(report: RunReport): string {
  const comparison = browsersOf(report);
  if (comparison === undefined) return "";
  const { totals } = comparison;
  const linkOf = links(report);
  const remarks = browsersRemarks(comparison).map((remark) => `<li>${text(remark)}</li>`);
  return `<section id="browsers" class="panel browsers" aria-labelledby="browsers-title">
<h2 id="browsers-title">Across browsers <small>${differingWords(totals.tests_differing, totals.tests, "test")}</small></h2>
${browserList(comparison)}
${verdictTables(comparison, linkOf)}${valueTables(comparison, linkOf)}${speedTable(comparison, linkOf)}${remarks.length === 0 ? "" : `<ul class="remarks">${remarks.join("")}</ul>`}</section>
`;
}

type Identity = Pick<BrowserTest, "file" | "args" | "path" | "ordinal">;
/** A row's name as HTML, linked to its details in the first of these tasks that has it. */
export type RowLink = (row: Identity, keys: readonly (string | undefined)[]) => string;

/** Places are looked up only for the rows that are shown. */
function links({ tasks }: RunReport): RowLink {
  const places = new Map(tasks.map(({ key }, index) => [key, index]));
  return (row, keys) => {
    const name = text(rowName(row));
    for (const key of keys) {
      const index = key === undefined ? undefined : places.get(key);
      const task = index === undefined ? undefined : tasks[index];
      if (task === undefined) continue;
      if (row.path === undefined) return `<a href="#t${index}" data-open="t${index}">${name}</a>`;
      const own = caseKey({ path: [...row.path], ordinal: row.ordinal ?? 0 });
      const place = finalCases(task).findIndex((result) => caseKey(result) === own);
      if (place >= 0) return `<a href="#t${index}c${place}" data-open="t${index}c${place}">${name}</a>`;
    }
    return name;
  };
}

function text(value: string): string {
  return escapeHtml(plainText(value));
}

function browserList({ browsers }: BrowserComparison): string {
  const items = browsers.map((one) => {
    const about = [...(one.versions ?? []).slice(0, 1), ...(one.adapters ?? [])].map(text).join(" · ");
    const outcome = text(browserOutcome(one));
    const tone = one.reason === undefined ? (one.failed > 0 ? "failed" : "passed") : "skipped";
    return `<li><b>${text(one.browser)}</b>${about === "" ? "" : ` <small>${about}</small>`}<span class="status-${tone}">${outcome}</span></li>`;
  });
  return `<ul class="browser-list">${items.join("")}</ul>`;
}

function verdictTables(comparison: BrowserComparison, linkOf: RowLink): string {
  const { tests, totals } = comparison;
  const differing = tests.filter(({ differs }) => differs);
  const alike = tests.filter(({ differs }) => !differs);
  const table = (rows: readonly BrowserTest[], total: number, caption: string) =>
    matrix(
      comparison,
      caption,
      rows.map((row) => verdictRow(row, comparison, linkOf)),
      total - rows.length,
    );
  const open = differing.slice(0, differingShown);
  const folded = alike.slice(0, alikeShown);
  const total = totals.tests - totals.tests_differing;
  const first =
    open.length === 0
      ? `<p class="more">No test has another outcome in one browser than in the others.</p>`
      : table(open, totals.tests_differing, "Tests with another outcome in one browser than in another");
  const rest =
    folded.length === 0
      ? ""
      : `<details class="difference"><summary><h3>The same in all <small>${formatCount(total)}</small></h3></summary>${table(folded, total, "Tests with the same outcome in all browsers")}</details>`;
  return `${first}${rest}`;
}

function verdictRow(row: BrowserTest, { browsers }: BrowserComparison, linkOf: RowLink): string {
  // What failed is what people want to see.
  const keys = row.cells.toSorted((a, b) => Number(isGood(a)) - Number(isGood(b))).map(({ key }) => key);
  const cells = row.cells.map((cell, index) => {
    const words = text(cellWords(cell));
    const tone =
      cell.flaky === true
        ? "flaky"
        : cell.quarantined === true
          ? "quarantined"
          : cell.status === "absent"
            ? "cancelled"
            : cell.status;
    const [word = "", ...why] = words.split(": ");
    const reason = why.length === 0 ? "" : `<small>${why.join(": ")}</small>`;
    return `<td data-browser="${text(browsers[index]?.browser ?? "")}"><span class="verdict-cell status-${tone}"><span class="badge" aria-hidden="true">${glyphs[cell.status]}</span>${word}${reason}</span></td>`;
  });
  return `<tr><th scope="row">${linkOf(row, keys)}<code>${text(row.file)}</code></th>${cells.join("")}</tr>`;
}

function isGood({ status }: BrowserCell): boolean {
  return status !== "failed" && status !== "errored";
}

function valueTables(comparison: BrowserComparison, linkOf: RowLink): string {
  const { values, totals, browsers } = comparison;
  if (totals.values === 0) return "";
  const differing = values.filter(({ differs }) => differs).slice(0, differingShown);
  const alike = values.filter(({ differs }) => !differs).slice(0, alikeShown);
  const row = (value: BrowserValue) => {
    const test = comparison.tests.find(
      (one) => one.file === value.file && rowName(one) === rowName(value) && one.suite === value.suite,
    );
    const keys = test?.cells.map(({ key }) => key) ?? [];
    const cells = value.cells.map((cell, index) => {
      const isReference = browsers[index]?.browser === value.reference;
      const tone = cell === null || isReference ? "skipped" : cell.agrees ? "passed" : "failed";
      const words = text(valueWords(cell, isReference));
      return `<td data-browser="${text(browsers[index]?.browser ?? "")}"><span class="status-${tone} value-cell">${words}${isReference ? " <small>compared with this</small>" : ""}</span></td>`;
    });
    return `<tr><th scope="row">${linkOf(value, keys)}<code>${text(value.name)}</code></th>${cells.join("")}</tr>`;
  };
  const open =
    differing.length === 0
      ? `<p class="more">${totals.values === 1 ? "The one value agrees within its tolerance" : `All ${plural(totals.values, "value")} agree within their tolerance`}.</p>`
      : matrix(comparison, "Values that do not agree", differing.map(row), totals.values_differing - differing.length);
  const total = totals.values - totals.values_differing;
  const folded =
    alike.length === 0
      ? ""
      : `<details class="difference"><summary><h3>In agreement <small>${formatCount(total)}</small></h3></summary>${matrix(comparison, "Values that agree", alike.map(row), total - alike.length)}</details>`;
  return `<h3 class="browsers-part">What they computed <small>${differingWords(totals.values_differing, totals.values, "value")}</small></h3>\n${open}${folded}`;
}

function matrix({ browsers }: BrowserComparison, caption: string, rows: readonly string[], hidden: number): string {
  const heads = browsers.map(({ browser }) => `<th scope="col">${text(browser)}</th>`).join("");
  const more = hidden > 0 ? `<p class="more">… and ${formatCount(hidden)} more, in report.json</p>` : "";
  return `<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table class="matrix"><caption class="unseen">${caption}</caption><thead><tr><th scope="col">test</th>${heads}</tr></thead><tbody>${rows.join("\n")}</tbody></table></div>${more}\n`;
}
