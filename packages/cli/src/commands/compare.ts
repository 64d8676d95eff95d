import { detectEnvironment, neutraliseCommands } from "@shardwright/ci";
import {
  changeKinds,
  comparedName,
  comparisonRemarks,
  comparisonSentence,
  slowerWords,
  type ChangeKind,
  type ComparedTest,
  type RunComparison,
} from "@shardwright/core";
import type { Command } from "commander";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { type Colors, chooseColors, printableLine } from "../view/text.ts";
import { connect } from "./connect.ts";
import { listLimit } from "./list-limit.ts";

const usuallyShown = 20;
const mostShown = 1000;

/** `shardwright runs compare A B`: what is different in a run from another one, or from its base. */
export function registerCompare(runs: Command, context: CommandContext): void {
  addSettings(runs.command("compare <base-or-run> [run]"), "runs")
    .description("what is different in a run: from the run that is named before it, or alone from the last ones on its base")
    .option("--limit <n>", "how many tests of each kind", String(usuallyShown))
    .addHelpText(
      "after",
      "\nExamples:\n  $ shardwright runs compare r-0123456789abcdef\n  $ shardwright runs compare r-0123456789abcdef r-fedcba9876543210 --json | jq '.newly_failing[].path'",
    )
    .action(async (first: string, second: string | undefined, _options: unknown, command: Command) => {
      const { settings } = await configure(command, "runs", context);
      const limit = listLimit(command.opts<{ limit: string }>().limit, mostShown, "shardwright runs compare");
      const client = connect(settings);
      const comparison = await client.getComparison(second ?? first, { with: second === undefined ? undefined : first });
      await client.close();
      if (settings.json) return void context.stdout.write(`${JSON.stringify(comparison)}\n`);
      const colors = chooseColors(context.stdout.isTTY, context.environment);
      const { provider } = detectEnvironment(context.environment);
      for (const line of linesOf(comparison, limit, colors)) context.stdout.write(`${neutraliseCommands(provider, line)}\n`);
    });
}

const titles: Readonly<Record<ChangeKind, string>> = {
  newly_failing: "Newly failing",
  failing_at_times: "Failing, and at times on the base too",
  still_failing: "Failing on the base too",
  failing_unknown: "Failing, with no result on the base",
  fixed: "Fixed",
  slower: "Slower",
  flaky: "Flaky",
  newly_skipped: "Newly skipped",
  removed: "Removed",
  added: "Added",
};

function linesOf(comparison: RunComparison, limit: number, colors: Colors): string[] {
  const lines = [printableLine(comparisonSentence(comparison))];
  for (const kind of changeKinds) {
    const total = comparison.totals[kind];
    if (total === 0) continue;
    const paint = kind === "newly_failing" ? colors.red : kind === "fixed" ? colors.green : colors.bold;
    lines.push("", paint(`${titles[kind]} (${total})`));
    const named = comparison[kind].slice(0, limit);
    lines.push(...named.map((test) => `  ${printableLine(wordsOf(test, kind))}`));
    const hidden = total - named.reduce((sum, { tests = 1 }) => sum + tests, 0);
    if (hidden > 0) lines.push(colors.dim(`  … and ${hidden} more`));
  }
  const remarks = comparisonRemarks(comparison);
  if (remarks.length > 0) lines.push("", ...remarks.map((remark) => colors.dim(printableLine(remark))));
  return lines;
}

function wordsOf(test: ComparedTest, kind: ChangeKind): string {
  const name = test.path === undefined ? comparedName(test) : `${test.file} > ${comparedName(test)}`;
  const { of, failed } = test.base;
  if (kind === "slower") return `${name}: ${slowerWords(test)}`;
  return kind === "still_failing" || kind === "failing_at_times" ? `${name} (there in ${failed} of ${of})` : name;
}
