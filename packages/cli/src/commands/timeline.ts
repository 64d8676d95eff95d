import { detectEnvironment, neutraliseCommands } from "@shardwright/ci";
import { type TimelineAnswer, type TimelineEvent, formatInstant, timelineLimit } from "@shardwright/core";
import type { Command } from "commander";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { type Colors, chooseColors, duration, printableLine } from "../view/text.ts";
import { connect } from "./connect.ts";
import { listLimit } from "./list-limit.ts";

const usuallyShown = 200;
const lineLimit = 300;
const eventsMost = 100_000_000;

/** `shardwright runs timeline ID`: what went wrong in a run and what was done about it, or all that happened. */
export function registerTimeline(runs: Command, context: CommandContext): void {
  addSettings(runs.command("timeline <id>"), "runs")
    .description("what went wrong in a run and what was done about it, oldest first; with --all everything that happened")
    .option("--all", "also what was dealt, begun and passed")
    .option("--limit <n>", "how many events at most", String(usuallyShown))
    .option("--after <n>", "leave out so many events at the beginning", "0")
    .addHelpText(
      "after",
      "\nExamples:\n  $ shardwright runs timeline r-0123456789abcdef\n  $ shardwright runs timeline r-0123456789abcdef --all --json | jq '.events[] | select(.kind == \"decided\")'",
    )
    .action(async (id: string, _options: unknown, command: Command) => {
      const { settings } = await configure(command, "runs", context);
      const given = command.opts<{ all?: boolean; limit: string; after: string }>();
      const limit = listLimit(given.limit, timelineLimit, "shardwright runs timeline");
      const after = listLimit(given.after, eventsMost, "shardwright runs timeline", { flag: "--after", least: 0 });
      const client = connect(settings);
      const timeline = await client.getTimeline(id, { after, limit, only: given.all === true ? undefined : "trouble" });
      await client.close();
      if (settings.json) return void context.stdout.write(`${JSON.stringify(timeline)}\n`);
      const colors = chooseColors(context.stdout.isTTY, context.environment);
      const { provider } = detectEnvironment(context.environment);
      for (const text of linesOf(timeline, colors)) context.stdout.write(`${neutraliseCommands(provider, text)}\n`);
    });
}

function linesOf({ submitted_at_ms, events, total, next, status }: TimelineAnswer, colors: Colors): string[] {
  const width = events.reduce((widest, { at_ms }) => Math.max(widest, duration(at_ms).length), 0);
  const lines = events.map((event) => {
    const text = printableLine(event.text).slice(0, lineLimit);
    const said = event.kind === "submitted" ? `${text} at ${formatInstant(submitted_at_ms)}` : text;
    return `${colors.dim(duration(event.at_ms).padStart(width))}  ${markOf(event, colors)} ${said}`;
  });
  if (next !== undefined) lines.push(colors.dim(`… ${total - next} more: --after ${next}`));
  if (status === "running" && next === undefined) lines.push(colors.dim("The run goes on."));
  return lines;
}

function markOf({ kind, trouble }: TimelineEvent, colors: Colors): string {
  if (kind === "failed" || kind === "lost") return colors.red("✗");
  if (kind === "passed") return colors.green("✓");
  if (kind === "decided" || kind === "duplicated") return colors.cyan("↻");
  return trouble === true ? colors.yellow("!") : "·";
}
