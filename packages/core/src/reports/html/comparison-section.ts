import { plainText } from "../../model/plain-text.ts";
import type { ChangeKind, ComparedTest, RunComparison } from "../comparison-schema.ts";
import { baseWords, changeCounts, comparedName, comparisonRemarks, slowerWords } from "../comparison-words.ts";
import { formatCount } from "../../model/count.ts";
import type { RunReport } from "../run-report.ts";
import { escapeHtml } from "./escape.ts";

const shown = 60;

/** Failures stand by themselves above; flaky tests are in the list below. */
const listed = {
  fixed: "Fixed",
  slower: "Slower",
  newly_skipped: "Newly skipped",
  removed: "Removed",
  added: "Added",
} as const satisfies Partial<Record<ChangeKind, string>>;

/** What is different from the base: the numbers, then the tests by what became of them. */
export function comparisonSection({ comparison, tasks }: RunReport): string {
  if (comparison === undefined) return "";
  const counts = changeCounts(comparison).map(
    ({ kind, count, words }) => `<li class="change change-${kind}"><b>${formatCount(count)}</b> ${words}</li>`,
  );
  const places = new Map(tasks.map(({ key }, index) => [key, index]));
  const kinds = Object.keys(listed) as (keyof typeof listed)[];
  const blocks = kinds.map((kind) => block(comparison, kind, places)).join("");
  const remarks = comparisonRemarks(comparison).map((remark) => `<li>${escapeHtml(plainText(remark))}</li>`);
  return `<section id="comparison" class="panel comparison" aria-labelledby="comparison-title">
<h2 id="comparison-title">Compared with ${escapeHtml(baseWords(comparison))}</h2>
${counts.length === 0 ? `<p class="more">Nothing is different.</p>` : `<ul class="changes">${counts.join("")}</ul>`}
${blocks}${remarks.length === 0 ? "" : `<ul class="remarks">${remarks.join("")}</ul>`}</section>
`;
}

function block(comparison: RunComparison, kind: keyof typeof listed, places: ReadonlyMap<string, number>): string {
  const tests = comparison[kind];
  if (tests.length === 0) return "";
  const total = comparison.totals[kind];
  const named = tests.slice(0, shown);
  const hidden = total - named.reduce((sum, { tests: whole = 1 }) => sum + whole, 0);
  const items = named.map((test) => `<li>${item(test, kind, places)}</li>`);
  if (hidden > 0) items.push(`<li class="more">… and ${formatCount(hidden)} more, in report.json</li>`);
  const open = (kind === "fixed" || kind === "slower") && tests.length <= 12 ? " open" : "";
  return `<details class="difference"${open}><summary><h3>${listed[kind]} <small>${formatCount(total)}</small></h3></summary><ul class="faults">${items.join("")}</ul></details>\n`;
}

function item(test: ComparedTest, kind: keyof typeof listed, places: ReadonlyMap<string, number>): string {
  const name = escapeHtml(plainText(comparedName(test)));
  const place = places.get(test.key);
  const link = place === undefined || test.path === undefined ? name : `<a href="#t${place}" data-open="t${place}">${name}</a>`;
  const file = test.path === undefined ? "" : ` <code>${escapeHtml(plainText(test.file))}</code>`;
  return `${link}${file}${kind === "slower" ? ` <span class="took">${escapeHtml(slowerWords(test))}</span>` : ""}`;
}
