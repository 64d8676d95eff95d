import type { ChangeKind, ComparedTest, RunComparison } from "./comparison-schema.ts";
import { baseWords, changeCounts, comparedName, comparisonRemarks, slowerWords } from "./comparison-words.ts";
import { formatCount } from "../model/count.ts";
import { codeSpan, escapeMarkdown } from "./markdown-escape.ts";
import type { RunReport } from "./run-report.ts";

const shown = 15;

/** What is different from the base, in numbers, for the report's head. */
export function comparisonLine({ comparison }: RunReport): string {
  if (comparison === undefined) return "";
  const counts = changeCounts(comparison).map(({ kind, count, words }) => {
    const text = `${formatCount(count)} ${words}`;
    return kind === "newly_failing" ? `**${text}**` : text;
  });
  return `Compared with ${escapeMarkdown(baseWords(comparison))}: ${counts.length === 0 ? "nothing is different" : counts.join(", ")}.`;
}

const titles = {
  fixed: "Fixed",
  slower: "Slower",
  newly_skipped: "Newly skipped",
  removed: "Removed",
  added: "Added",
} as const satisfies Partial<Record<ChangeKind, string>>;

/** What is different, but for the failures, which stand by themselves. */
export function comparisonSection({ comparison }: RunReport): string {
  if (comparison === undefined) return "";
  const open = (["fixed", "slower"] as const).map((kind) => block(comparison, kind));
  const folded = (["newly_skipped", "removed", "added"] as const).map((kind) => block(comparison, kind));
  const remarks = comparisonRemarks(comparison).map((remark) => `- ${escapeMarkdown(remark)}`);
  const body = [...open, ...folded, remarks.length === 0 ? "" : `${remarks.join("\n")}\n`].filter((part) => part !== "");
  return body.length === 0 ? "" : `\n### Compared with ${escapeMarkdown(baseWords(comparison))}\n\n${body.join("\n")}`;
}

function block(comparison: RunComparison, kind: keyof typeof titles): string {
  const tests = comparison[kind];
  if (tests.length === 0) return "";
  const total = comparison.totals[kind];
  const named = tests.slice(0, shown);
  const rows = named.map((test) => row(test, kind));
  const told = named.reduce((sum, { tests: whole = 1 }) => sum + whole, 0);
  const hidden = total - told;
  const rest =
    hidden > 0 ? [kind === "slower" ? `| … and ${formatCount(hidden)} more | | |` : `- … and ${formatCount(hidden)} more`] : [];
  const lines = [...rows, ...rest].join("\n");
  const content = kind === "slower" ? `| test | file | took |\n| --- | --- | --- |\n${lines}` : lines;
  return `<details${kind === "fixed" || kind === "slower" ? " open" : ""}><summary>${titles[kind]}: ${formatCount(total)}</summary>\n\n${content}\n\n</details>\n`;
}

function row(test: ComparedTest, kind: keyof typeof titles): string {
  const name = codeSpan(comparedName(test));
  if (kind === "slower") return `| ${name} | ${codeSpan(test.file)} | ${escapeMarkdown(slowerWords(test))} |`;
  return test.path === undefined ? `- ${name}` : `- ${name} in ${codeSpan(test.file)}`;
}
