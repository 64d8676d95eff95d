import { detectEnvironment, neutraliseCommands } from "@shardwright/ci";
import { type AuditEntry, ShardwrightError, formatInstant } from "@shardwright/core";
import type { Command } from "commander";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { chooseColors, printableLine, type Colors } from "../view/text.ts";
import { connect } from "./connect.ts";
import { listLimit } from "./list-limit.ts";

const usuallyListed = 50;
const mostListed = 500;

/** `shardwright audit`: who did what, for those who hold the admin token. */
export function registerAudit(program: Command, context: CommandContext): void {
  addSettings(program.command("audit"), "audit")
    .description("who did what: tokens, settings, quarantine, runs, workers, members, and who signed in (needs the admin token)")
    .option("--limit <n>", "how many, the newest", String(usuallyListed))
    .option("--action <name>", "one kind of action, or all that begin so: token, token.revoke")
    .option("--actor <name>", "by the token of this name or id")
    .option("--only-project <name>", "what was done to this project")
    .option("--since <day>", "from this day on, by UTC: 2026-12-24")
    .addHelpText("after", "\nExample:\n  $ shardwright audit --action token --since 2026-12-01 --json | jq '.entries[].object'")
    .action(async (_options: unknown, command: Command) => {
      const { settings } = await configure(command, "audit", context);
      const given = command.opts<{ limit: string; action?: string; actor?: string; onlyProject?: string; since?: string }>();
      const limit = listLimit(given.limit, mostListed, "shardwright audit");
      const since_ms = given.since === undefined ? undefined : beginningOf(given.since);
      const client = connect(settings);
      const list = await client.listAudit({
        limit,
        ...(given.action !== undefined && { action: given.action }),
        ...(given.actor !== undefined && { actor: given.actor }),
        ...(given.onlyProject !== undefined && { project: given.onlyProject }),
        ...(since_ms !== undefined && { since_ms }),
      });
      await client.close();
      if (settings.json) return void context.stdout.write(`${JSON.stringify(list)}\n`);
      const colors = chooseColors(context.stdout.isTTY, context.environment);
      const { provider } = detectEnvironment(context.environment);
      for (const entry of list.entries) context.stdout.write(`${neutraliseCommands(provider, lineOf(entry, colors))}\n`);
      if (list.entries.length === 0) context.stderr.write("Nobody did anything of that kind, as far as it is kept.\n");
      if (list.next !== undefined) context.stderr.write(`There is more: --limit ${mostListed} shows up to so many.\n`);
    });
}

function lineOf({ at_ms, name, actor, object, outcome, code }: AuditEntry, colors: Colors): string {
  const words = { begun: "begun, its end is not known", done: "done", refused: `refused (${code ?? "no reason known"})` };
  const paint = outcome === "done" ? colors.green : outcome === "begun" ? colors.yellow : colors.red;
  const by = actor.token === undefined ? actor.name : `${actor.name} (${actor.token})`;
  return `${formatInstant(at_ms)}  ${name.padEnd(20)}  ${printableLine(by)}  ${printableLine(object)}  ${paint(words[outcome])}`;
}

/** Midnight by UTC. @throws ShardwrightError `usage` */
function beginningOf(day: string): number {
  const at_ms = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  if (!Number.isNaN(at_ms)) return at_ms;
  throw new ShardwrightError("usage", {
    problem: `--since is a day such as 2026-12-24, not ${day}.`,
    remedy: "See `shardwright audit --help`.",
  });
}
