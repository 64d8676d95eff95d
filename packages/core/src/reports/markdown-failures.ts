import { kindWords, type FailureGroup, type Fault } from "./groups.ts";
import { evidenceText } from "./evidence.ts";
import { formatCount, plural } from "./format.ts";
import { codeSpan, escapeMarkdown, fenced } from "./markdown-escape.ts";

const snippetLimit = 1500;
const namesShown = 10;
/** Kept back for the line that says what was left out. */
const closingBytes = 200;

/** What failed, a block for each cause, as many as the limit allows, and a line that says how many it does not show. */
export function failuresSection(groups: readonly FailureGroup[], limit_bytes: number): string {
  if (groups.length === 0) return "";
  const total = groups.reduce((sum, group) => sum + group.faults.length, 0);
  const encoder = new TextEncoder();
  const heading = `\n### ${plural(total, "failure")} of ${plural(groups.length, "cause")}\n`;
  let left = limit_bytes - closingBytes - encoder.encode(heading).length;
  let text = heading;
  let shown = 0;
  for (const group of groups) {
    const block = [wholeBlock(group), shortBlock(group)].find((form) => encoder.encode(form).length <= left);
    if (block === undefined) break;
    text += block;
    left -= encoder.encode(block).length;
    shown += group.faults.length;
  }
  const hidden = total - shown;
  return hidden === 0
    ? text
    : `${text}\n… and ${formatCount(hidden)} more ${hidden === 1 ? "failure" : "failures"} in the HTML report.\n`;
}

function wholeBlock(group: FailureGroup): string {
  const [first] = group.faults;
  if (first === undefined) return "";
  const evidence = evidenceText(first.message, first.details);
  const snippet = evidence === "" ? "" : `\n${fenced(evidence, snippetLimit)}\n`;
  const names = group.faults.slice(0, namesShown).map((fault) => `- ${faultLine(fault)}`);
  const hidden = group.faults.length - names.length;
  if (hidden > 0) names.push(`- … and ${formatCount(hidden)} more with this cause`);
  return `${shortBlock(group)}${snippet}\n${names.join("\n")}\n`;
}

function shortBlock(group: FailureGroup): string {
  const where = group.frame === undefined ? "" : ` at ${codeSpan(group.frame)}`;
  return `\n#### ${formatCount(group.faults.length)} × ${escapeMarkdown(group.title)}\n\n${escapeMarkdown(kindWords(group.kind))}${where}, in ${plural(group.tasks, "task")}\n`;
}

function faultLine(fault: Fault): string {
  if (fault.result === undefined) return codeSpan(fault.task.file);
  const file = fault.result.file ?? fault.task.file;
  const place = fault.result.line === undefined ? file : `${file}:${fault.result.line}`;
  return `${codeSpan(fault.name)} in ${codeSpan(place)}`;
}
