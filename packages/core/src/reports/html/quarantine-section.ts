import { caseName } from "../../model/case.ts";
import { plainText } from "../../model/plain-text.ts";
import { finalCases, isQuarantinedCase } from "../final-cases.ts";
import { formatCount } from "../../model/count.ts";
import { plural } from "../format.ts";
import { entryFor, missingSentences, quarantineWords } from "../quarantine.ts";
import type { RunReport } from "../run-report.ts";
import { escapeHtml } from "./escape.ts";

const shown = 60;

/** What failed in quarantine and does not count, with by whom, until when and why; and what is in quarantine and did not run. */
export function quarantineSection(report: RunReport): string {
  const failed = report.tasks.flatMap((task, index) => {
    let place = 0;
    return finalCases(task).flatMap((result) => {
      const reference = `t${index}c${place++}`;
      if (!isQuarantinedCase(result)) return [];
      const entry = entryFor(report, result);
      const words =
        entry === undefined ? "" : `<span class="cause-known">${escapeHtml(plainText(quarantineWords(entry)))}</span>`;
      const name = escapeHtml(plainText(caseName(result)));
      const file = escapeHtml(plainText(task.file));
      const link = `<a href="#${reference}" data-open="${reference}">${name}</a> <code>${file}</code>`;
      return [`<li><span class="count">⊘</span> <span>${link}${words}</span></li>`];
    });
  });
  const missing = missingSentences(report).map(
    (sentence) => `<li><span class="count">?</span> <span>${escapeHtml(plainText(sentence))}</span></li>`,
  );
  if (failed.length === 0 && missing.length === 0) return "";
  const items = [...failed, ...missing];
  const hidden = items.length - shown;
  const more = hidden > 0 ? `<p class="more">… and ${formatCount(hidden)} more, in the list of tests below.</p>` : "";
  const counts =
    failed.length === 0
      ? "none failed"
      : `${plural(failed.length, "failure")} that ${failed.length === 1 ? "does" : "do"} not count`;
  return `<section id="quarantine" aria-labelledby="quarantine-title">
<h2 id="quarantine-title">In quarantine <small>${counts}</small></h2>
<ul class="recovered quarantined">${items.slice(0, shown).join("")}</ul>
${more}</section>
`;
}
