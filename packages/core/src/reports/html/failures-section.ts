import { plainText } from "../../model/plain-text.ts";
import { evidenceLines, evidenceText, type EvidenceLine } from "../evidence.ts";
import { formatCount } from "../../model/count.ts";
import { plural } from "../format.ts";
import { causeWords } from "../failure-analysis.ts";
import type { FailureAnalysis, FailureCause } from "../failure-schema.ts";
import { faultNotes, groupNote, type FaultNote } from "../fault-notes.ts";
import type { Fault } from "../faults.ts";
import { groupsSentence, kindWords, type FailureGroup } from "../groups.ts";
import { failuresByOwner } from "../owned-failures.ts";
import type { RunReport } from "../run-report.ts";
import { escapeHtml } from "./escape.ts";

const groupsShown = 60;
const groupsOpen = 12;
const linesShown = 40;
const lineLimit = 2000;
const namesShown = 6;
const recoveredShown = 10;
const ownersShown = 20;

/**
 * What failed, by cause, with the first one's evidence and what it goes with; before it what struck many tests at once, after it what is
 * known of failures that passed when run again. Links lead to a case's details once the page's script runs.
 */
export function failuresSection(report: RunReport, groups: readonly FailureGroup[], analysis: FailureAnalysis): string {
  const noteOf = faultNotes(report);
  const causes = new Map(analysis.causes.map((cause) => [cause.fingerprint, cause]));
  const recovered = recoveredBlock(groups, analysis);
  if (groups.length === 0 && recovered === "" && analysis.mass.length === 0) return "";
  const hidden = groups.length - groupsShown;
  const more = hidden > 0 ? `<p class="more">… and ${plural(hidden, "more cause")}, in the list of tests below.</p>` : "";
  const counts = groups.length === 0 ? "none that count" : groupsSentence(groups);
  return `<section id="failures" aria-labelledby="failures-title">
<h2 id="failures-title">Failures <small>${counts}</small></h2>
${byOwner(report)}${massBlocks(analysis)}${groups
    .slice(0, groupsShown)
    .map((group, place) => groupBlock(group, causes.get(group.fingerprint), place, noteOf))
    .join("\n")}
${more}${recovered}</section>
`;
}

/** How many failures are whose, where the repository says who owns what. */
function byOwner(report: RunReport): string {
  const owned = failuresByOwner(report);
  if (owned.length === 0) return "";
  const items = owned.slice(0, ownersShown).map(({ owner, failures, newly, files }) => {
    const name = owner === undefined ? "nobody" : escapeHtml(plainText(owner));
    const news = newly === 0 ? "" : ` <span class="change change-newly_failing">${formatCount(newly)} new</span>`;
    return `<li title="${escapeHtml(plural(files.length, "file"))}">${name} <b>${formatCount(failures)}</b>${news}</li>`;
  });
  if (owned.length > ownersShown) items.push(`<li>… and ${plural(owned.length - ownersShown, "more owner")}</li>`);
  return `<ul class="by-owner" aria-label="Failures by owner">${items.join("")}</ul>\n`;
}

function massBlocks({ mass }: FailureAnalysis): string {
  return mass.map(({ sentence }) => `<p class="at-once"><b>At once</b> ${escapeHtml(sentence)}.</p>\n`).join("");
}

/** Failures that do not count in the end, as far as more than the flaky tests' own rows is to be told. */
function recoveredBlock(groups: readonly FailureGroup[], { causes }: FailureAnalysis): string {
  const final = new Set(groups.map(({ fingerprint }) => fingerprint));
  const items = causes
    .filter(({ fingerprint, sentence }) => sentence !== undefined && !final.has(fingerprint))
    .slice(0, recoveredShown)
    .map(
      (cause) =>
        `<li><span class="count">${formatCount(cause.tasks)}</span> <span><b>${escapeHtml(cause.title)}</b>${knownOf(cause)}</span></li>`,
    );
  return items.length === 0
    ? ""
    : `<h3 class="recovered-title">Failed, and passed when run again</h3>\n<ul class="recovered">${items.join("")}</ul>\n`;
}

function knownOf(cause: FailureCause | undefined): string {
  const words = cause === undefined ? [] : causeWords(cause);
  return words.map((line) => `<span class="cause-known">${escapeHtml(line)}</span>`).join("");
}

function groupBlock(
  group: FailureGroup,
  cause: FailureCause | undefined,
  place: number,
  noteOf: (fault: Fault) => FaultNote,
): string {
  const [first] = group.faults;
  if (first === undefined) return "";
  const where = group.frame === undefined ? "" : `<code class="where">${escapeHtml(group.frame)}</code>`;
  const note = groupNote(group.faults, noteOf);
  const changes = note.changes
    .map(({ kind, words }) => `<span class="change change-${kind}">${escapeHtml(words)}</span>`)
    .join("");
  const owners =
    note.owned === undefined
      ? ""
      : `<span class="owners">${note.owned.words} ${escapeHtml(note.owned.owners.map(plainText).join(", "))}</span>`;
  const in_tasks = first.result === undefined ? "" : `<span>in ${plural(group.tasks, "file")}</span>`;
  return `<details class="cause kind-${escapeHtml(group.kind)}"${place < groupsOpen ? " open" : ""} data-cause="${place}">
<summary><span class="count" title="${plural(group.faults.length, "failure")} with this cause">${formatCount(group.faults.length)}</span>
<span class="cause-title"><h3>${escapeHtml(group.title)}</h3><span class="cause-about"><span class="kind">${escapeHtml(kindWords(group.kind))}</span>${where}${in_tasks}${changes}${owners}</span>${knownOf(cause)}</span></summary>
<div class="cause-body">${evidenceBlock(first)}${names(group, place, noteOf)}${commandBlock(group, note.reproduction?.command)}</div>
</details>`;
}

function evidenceBlock(fault: Fault): string {
  const lines = evidenceLines(evidenceText(fault.message, fault.details));
  // The title above says the first line already, when it is all there is.
  if (lines.length <= 1) return "";
  const hidden = lines.length - linesShown;
  const text = lines.slice(0, linesShown).map((line) => evidenceLine(line));
  if (hidden > 0) text.push(`<span class="ev ev-foreign">… ${plural(hidden, "more line")} in the details</span>`);
  return `<pre class="evidence" tabindex="0" aria-label="Message and stack">${text.join("")}</pre>`;
}

function evidenceLine({ kind, text }: EvidenceLine): string {
  const shown = text.length > lineLimit ? `${text.slice(0, lineLimit)}…` : text;
  return `<span class="ev ev-${kind}">${escapeHtml(shown)}\n</span>`;
}

/** How to see one of them again: the first that there is a command for. */
function commandBlock({ faults }: FailureGroup, command: string | undefined): string {
  if (command === undefined) return "";
  const name = faults.length === 1 ? "To reproduce it" : "To reproduce the first";
  return `<div class="reproduce"><span>${name}</span><pre tabindex="0"><code>${escapeHtml(command)}</code></pre></div>`;
}

function names(group: FailureGroup, place: number, noteOf: (fault: Fault) => FaultNote): string {
  const several = new Set(group.faults.map((fault) => noteOf(fault).changed)).size > 1;
  const items = group.faults.slice(0, namesShown).map((fault) => {
    const { change, changed } = noteOf(fault);
    const said =
      several && change !== undefined ? ` <span class="change change-${change.kind}">${escapeHtml(changed ?? "")}</span>` : "";
    return `<li>${faultLink(fault)}${said}</li>`;
  });
  const hidden = group.faults.length - items.length;
  if (hidden > 0) {
    const words = `… ${formatCount(hidden)} more with this cause`;
    items.push(`<li><a href="#tests" data-show-cause="${place}">${words}</a></li>`);
  }
  return `<ul class="faults">${items.join("")}</ul>`;
}

function faultLink(fault: Fault): string {
  const reference = `t${fault.task_index}${fault.case_index === undefined ? "" : `c${fault.case_index}`}`;
  const file = fault.result?.file ?? fault.task.file;
  const line = fault.result?.line === undefined ? file : `${file}:${fault.result.line}`;
  const place = fault.task.browser === undefined ? line : `${line} · ${fault.task.browser}`;
  if (fault.result === undefined) return `<a href="#${reference}" data-open="${reference}">${escapeHtml(plainText(place))}</a>`;
  const path = fault.result.path.map((title) => escapeHtml(plainText(title)));
  const title = path.pop() ?? "";
  const groups = path.length === 0 ? "" : `<span class="groups">${path.join(" › ")} › </span>`;
  const again = fault.result.ordinal === 0 ? "" : ` (${fault.result.ordinal + 1})`;
  return `<a href="#${reference}" data-open="${reference}">${groups}${title}${again}</a> <code>${escapeHtml(plainText(place))}</code>`;
}
