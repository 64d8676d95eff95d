import { detectEnvironment, neutraliseCommands } from "@shardwright/ci";
import { type FailureList, formatInstant, kindWords, plural } from "@shardwright/core";
import type { Command } from "commander";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { chooseColors, printableLine, type Colors } from "../view/text.ts";
import { connect } from "./connect.ts";
import { listLimit } from "./list-limit.ts";

const usuallyListed = 10;
const mostListed = 200;

/** `shardwright runs failures`: how tests of a project fail, across its runs. */
export function registerFailures(runs: Command, context: CommandContext): void {
  addSettings(runs.command("failures"), "runs")
    .description("how tests of the project fail, last seen first: since when, how often, and what it goes with")
    .option("--limit <n>", "how many", String(usuallyListed))
    .addHelpText(
      "after",
      "\nExample:\n  $ shardwright runs failures --project shop --json | jq -r '.failures[].sentence // empty'",
    )
    .action(async (_options: unknown, command: Command) => {
      const { settings } = await configure(command, "runs", context);
      const limit = listLimit(command.opts<{ limit: string }>().limit, mostListed, "shardwright runs failures");
      const client = connect(settings);
      const list = await client.listFailures({ project: settings.project, limit });
      await client.close();
      if (settings.json) return void context.stdout.write(`${JSON.stringify(list)}\n`);
      const colors = chooseColors(context.stdout.isTTY, context.environment);
      const { provider } = detectEnvironment(context.environment);
      for (const failure of list.failures)
        for (const text of linesOf(failure, list.of_runs, colors))
          context.stdout.write(`${neutraliseCommands(provider, text)}\n`);
      if (list.failures.length === 0) context.stderr.write(`Nothing has failed in the project ${list.project} lately.\n`);
    });
}

function linesOf(failure: FailureList["failures"][number], of_runs: number, colors: Colors): string[] {
  const { title, kind, frame, first, last, runs, cases, sentence } = failure;
  const place = frame === undefined ? "" : ` at ${printableLine(frame)}`;
  const lately =
    runs === 0 ? "in none of the last runs" : `${plural(cases, "time")} in ${runs} of the last ${plural(of_runs, "run")}`;
  const since = first.run === last.run ? `in ${shownBy(first)}` : `first in ${shownBy(first)}, last in ${shownBy(last)}`;
  return [
    `${colors.bold(printableLine(title))} ${colors.dim(`(${kindWords(kind)}${place})`)}`,
    `  ${lately}; ${since}`,
    ...(sentence === undefined ? [] : [`  ${printableLine(sentence)}`]),
  ];
}

function shownBy({ run_key, commit, at_ms }: FailureList["failures"][number]["first"]): string {
  const of = commit === undefined ? "" : ` (commit ${printableLine(commit).slice(0, 12)})`;
  return `${printableLine(run_key)}${of} on ${formatInstant(at_ms)}`;
}
