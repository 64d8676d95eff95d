import { detectEnvironment, neutraliseCommands } from "@shardwright/ci";
import { type FlakyList, formatInstant, plural } from "@shardwright/core";
import type { Command } from "commander";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { chooseColors, printableLine, type Colors } from "../view/text.ts";
import { connect } from "./connect.ts";
import { listLimit } from "./list-limit.ts";

const usuallyListed = 20;
const mostListed = 500;

/** `shardwright flaky list`: tests of a project that flip. */
export function registerFlaky(program: Command, context: CommandContext): void {
  const flaky = program.command("flaky").description("tests that fail on code on which they pass as well");
  addSettings(flaky.command("list", { isDefault: true }), "flaky")
    .description("how probable it is that each flips in a run, the likeliest first, and what it goes with")
    .option("--limit <n>", "how many", String(usuallyListed))
    .addHelpText(
      "after",
      "\nExample:\n  $ shardwright flaky list --project shop --json | jq -r '.tests[] | select(.low > 0.05) | .test'",
    )
    .action(async (_options: unknown, command: Command) => {
      const { settings } = await configure(command, "flaky", context);
      const limit = listLimit(command.opts<{ limit: string }>().limit, mostListed, "shardwright flaky list");
      const client = connect(settings);
      const list = await client.listFlaky({ project: settings.project, limit });
      await client.close();
      if (settings.json) return void context.stdout.write(`${JSON.stringify(list)}\n`);
      const colors = chooseColors(context.stdout.isTTY, context.environment);
      const { provider } = detectEnvironment(context.environment);
      for (const line of linesOf(list, colors)) context.stdout.write(`${neutraliseCommands(provider, line)}\n`);
      if (list.tests.length === 0)
        context.stderr.write(`No test of the project ${list.project} has flipped in the runs that are kept.\n`);
      if (list.more > 0)
        context.stderr.write(
          `${plural(list.more, "test")} that failed of late ${list.more === 1 ? "was" : "were"} not looked at.\n`,
        );
    });
}

function linesOf({ tests }: FlakyList, colors: Colors): string[] {
  if (tests.length === 0) return [];
  const head = ["score", "90 % between", "flips", "last flip", "test"];
  const rows = tests.map(({ score, low, high, flips, observations, last_flip_ms, test }) => [
    percent(score),
    `${percent(low)} and ${percent(high)}`,
    `${flips} of ${observations}`,
    formatInstant(last_flip_ms),
    printableLine(test),
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  // The last column needs no padding.
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join("  ");
  return [
    colors.dim(line(head)),
    ...tests.flatMap((flaky, place) => [
      line(rows[place] ?? []),
      ...(flaky.sentence === undefined ? [] : [`  ${printableLine(flaky.sentence)}`]),
      ...(flaky.quarantine === undefined ? [] : [`  ${quarantineOf(flaky.quarantine)}`]),
    ]),
  ];
}

function quarantineOf(entry: NonNullable<FlakyList["tests"][number]["quarantine"]>): string {
  if (entry.origin === "rule") return "in quarantine by rule";
  const day = new Date(entry.expires_at_ms).toISOString().slice(0, 10);
  const until = entry.expired === true ? `its quarantine is over since ${day}` : `in quarantine until ${day}`;
  return `${until} (${printableLine(entry.owner)}): ${printableLine(entry.reason)}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
