import { failuresByOwner } from "./owned-failures.ts";
import { formatCount } from "../model/count.ts";
import { codeSpan } from "./markdown-escape.ts";
import type { RunReport } from "./run-report.ts";

const shown = 20;

/** How many failures are whose, where the repository says who owns what. */
export function ownersSection(report: RunReport): string {
  const owned = failuresByOwner(report);
  if (owned.length === 0) return "";
  const lines = owned.slice(0, shown).map(({ owner, failures, newly, files }) => {
    const name = owner === undefined ? "nobody" : codeSpan(owner);
    return `| ${name} | ${formatCount(failures)} | ${formatCount(newly)} | ${files
      .slice(0, 3)
      .map((file) => codeSpan(file))
      .join(", ")}${files.length > 3 ? ` and ${formatCount(files.length - 3)} more` : ""} |`;
  });
  if (owned.length > shown) lines.push(`| … and ${formatCount(owned.length - shown)} more | | | |`);
  return `\n### Failures by owner\n\n| owner | failures | new | files |\n| --- | ---: | ---: | --- |\n${lines.join("\n")}\n`;
}
