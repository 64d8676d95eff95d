import { causeWords } from "./failure-analysis.ts";
import type { FailureAnalysis, FailureCause } from "./failure-schema.ts";
import { faultNotes, groupNote, type FaultNote, type GroupNote } from "./fault-notes.ts";
import type { Fault } from "./faults.ts";
import { groupsSentence, kindWords, type FailureGroup } from "./groups.ts";
import { evidenceText } from "./evidence.ts";
import { formatCount } from "../model/count.ts";
import { plural } from "./format.ts";
import { codeSpan, escapeMarkdown, fenced } from "./markdown-escape.ts";
import type { RunReport } from "./run-report.ts";

const snippetLimit = 1500;
const namesShown = 10;
/** Kept back for the line that says what was left out. */
const closingBytes = 200;

/**
 * What struck many tests at once, then what failed, a block for each cause, as many as the limit allows, and a line that says how many it
 * does not show; last, what failed and passed when run again, as far as more is known of it.
 */
export function failuresSection(
  report: RunReport,
  groups: readonly FailureGroup[],
  analysis: FailureAnalysis,
  limit_bytes: number,
): string {
  const noteOf = faultNotes(report);
  const encoder = new TextEncoder();
  const bytes = (text: string) => encoder.encode(text).length;
  const mass = massLines(analysis);
  const recovered = recoveredLines(groups, analysis);
  let left = limit_bytes - closingBytes - bytes(mass);
  if (groups.length === 0) return `${mass}${bytes(recovered) > left ? "" : recovered}`;
  const total = groups.reduce((sum, group) => sum + group.faults.length, 0);
  const heading = `\n### ${groupsSentence(groups)}\n`;
  left -= bytes(heading);
  let text = `${mass}${heading}`;
  let shown = 0;
  const causes = new Map(analysis.causes.map((cause) => [cause.fingerprint, cause]));
  for (const group of groups) {
    const cause = causes.get(group.fingerprint);
    const short = shortBlock(group, cause, groupNote(group.faults, noteOf));
    const block = [wholeBlock(group, short, noteOf), short].find((form) => bytes(form) <= left);
    if (block === undefined) break;
    text += block;
    left -= bytes(block);
    shown += group.faults.length;
  }
  const hidden = total - shown;
  if (hidden === 0) return `${text}${bytes(recovered) > left ? "" : recovered}`;
  return `${text}\n… and ${formatCount(hidden)} more in the HTML report.\n`;
}

function massLines({ mass }: FailureAnalysis): string {
  return mass.map(({ sentence }) => `\n> **At once:** ${escapeMarkdown(sentence)}.\n`).join("");
}

function recoveredLines(groups: readonly FailureGroup[], { causes }: FailureAnalysis): string {
  const final = new Set(groups.map(({ fingerprint }) => fingerprint));
  const lines = causes
    .filter(({ fingerprint, sentence }) => sentence !== undefined && !final.has(fingerprint))
    .slice(0, namesShown)
    .map(
      (cause) =>
        `- ${plural(cause.tasks, "task")}: ${escapeMarkdown(cause.title)}. ${escapeMarkdown(causeWords(cause).join(" "))}`,
    );
  return lines.length === 0 ? "" : `\n#### Failed, and passed when run again\n\n${lines.join("\n")}\n`;
}

function wholeBlock(group: FailureGroup, short: string, noteOf: (fault: Fault) => FaultNote): string {
  const [first] = group.faults;
  if (first === undefined) return "";
  const evidence = evidenceText(first.message, first.details);
  const snippet = evidence === "" ? "" : `\n${fenced(evidence, snippetLimit)}\n`;
  const several = new Set(group.faults.map((fault) => noteOf(fault).changed)).size > 1;
  const names = group.faults.slice(0, namesShown).map((fault) => {
    const { changed } = noteOf(fault);
    return `- ${faultLine(fault)}${several && changed !== undefined ? ` (${escapeMarkdown(changed)})` : ""}`;
  });
  const hidden = group.faults.length - names.length;
  if (hidden > 0) names.push(`- … and ${formatCount(hidden)} more with this cause`);
  return `${short}${snippet}\n${names.join("\n")}\n${commandBlock(group.faults, noteOf)}`;
}

/** How to see the first of them again. */
function commandBlock(faults: readonly Fault[], noteOf: (fault: Fault) => FaultNote): string {
  const [first, ...others] = faults;
  const command = first === undefined ? undefined : noteOf(first).reproduction?.command;
  if (command === undefined) return "";
  return `\n${others.length === 0 ? "To reproduce it" : "To reproduce the first"}:\n\n${fenced(command, snippetLimit, "sh")}\n`;
}

function shortBlock(group: FailureGroup, cause: FailureCause | undefined, note: GroupNote): string {
  const where = group.frame === undefined ? "" : ` at ${codeSpan(group.frame)}`;
  const words = cause === undefined ? [] : causeWords(cause);
  const known = words.length === 0 ? "" : `\n${words.map((line) => `**${escapeMarkdown(line)}**`).join(" ")}\n`;
  const changes = note.changes.map(({ kind, words: said }) =>
    kind === "newly_failing" ? ` · 🆕 **${escapeMarkdown(said)}**` : ` · ${escapeMarkdown(said)}`,
  );
  const owners =
    note.owned === undefined ? "" : ` · ${note.owned.words} ${note.owned.owners.map((owner) => codeSpan(owner)).join(", ")}`;
  return `\n#### ${formatCount(group.faults.length)} × ${escapeMarkdown(group.title)}\n\n${escapeMarkdown(kindWords(group.kind))}${where}, in ${plural(group.tasks, "task")}${changes.join("")}${owners}\n${known}`;
}

function faultLine(fault: Fault): string {
  const browser = fault.task.browser === undefined ? "" : `, ${codeSpan(fault.task.browser)}`;
  if (fault.result === undefined) return `${codeSpan(fault.task.file)}${browser}`;
  const file = fault.result.file ?? fault.task.file;
  const place = fault.result.line === undefined ? file : `${file}:${fault.result.line}`;
  return `${codeSpan(fault.name)} in ${codeSpan(place)}${browser}`;
}
