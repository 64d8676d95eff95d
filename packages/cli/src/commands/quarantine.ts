import { detectEnvironment, neutraliseCommands } from "@shardwright/ci";
import { latestExpiry_ms, quarantineLimit_days, ShardwrightError } from "@shardwright/core";
import type { Command } from "commander";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { endOfDay_ms } from "../config/file.ts";
import { printableLine } from "../view/text.ts";
import { connect } from "./connect.ts";

const day_ms = 86_400_000;

/** `shardwright quarantine add|list|remove`: tests whose failures do not count, by hand. */
export function registerQuarantine(program: Command, context: CommandContext): void {
  const quarantine = program
    .command("quarantine")
    .description(
      "tests that run and are reported, but whose failures do not count; without a coordinator, see docs/flaky-tests.md",
    );

  addSettings(quarantine.command("add <test>"), "quarantine")
    .description('put a test into quarantine, from the next run on: a file, "file > group", or "file > group > test"')
    .requiredOption("--owner <name>", "who sees to it")
    .requiredOption("--reason <text>", "why, say the address of a ticket")
    .requiredOption(
      "--expires <when>",
      `when it counts again: 14d, or a day such as 2026-12-24; ${quarantineLimit_days}d at most`,
    )
    .addHelpText(
      "after",
      '\nExample:\n  $ shardwright quarantine add "tests/cart.test.ts > totals > adds up" --owner ada --reason "#1234" --expires 14d',
    )
    .action(async (test: string, _options: unknown, command: Command) => {
      const { settings } = await configure(command, "quarantine", context);
      const { owner, reason, expires } = command.opts<{ owner: string; reason: string; expires: string }>();
      for (const [flag, value] of [
        ["--owner", owner],
        ["--reason", reason],
        ["The test", test],
      ] as const)
        if (value.trim() === "") throw usage(`${flag} says nothing.`);
      const expires_at_ms = expiryOf(expires, Date.now());
      const client = connect(settings);
      await client.addToQuarantine({ project: settings.project, test: test.trim(), owner, reason, expires_at_ms });
      await client.close();
      if (settings.json)
        context.stdout.write(`${JSON.stringify({ project: settings.project, test, owner, reason, expires_at_ms })}\n`);
      else context.stderr.write(`${printableLine(test)} is in quarantine until ${dayOf(expires_at_ms)}, from the next run on.\n`);
    });

  addSettings(quarantine.command("list", { isDefault: true }), "quarantine")
    .description("what is in quarantine by hand, and until when")
    .action(async (_options: unknown, command: Command) => {
      const { settings } = await configure(command, "quarantine", context);
      const client = connect(settings);
      const list = await client.listQuarantine({ project: settings.project });
      await client.close();
      if (settings.json) return void context.stdout.write(`${JSON.stringify(list)}\n`);
      const { provider } = detectEnvironment(context.environment);
      for (const { test, owner, reason, expires_at_ms, expired } of list.entries) {
        const until = expired ? `over since ${dayOf(expires_at_ms)}, does not count` : `until ${dayOf(expires_at_ms)}`;
        const line = `${printableLine(test)}\n  ${until} (${printableLine(owner)}): ${printableLine(reason)}`;
        context.stdout.write(`${neutraliseCommands(provider, line)}\n`);
      }
      if (list.entries.length === 0) context.stderr.write(`Nothing is in quarantine in the project ${list.project}.\n`);
    });

  addSettings(quarantine.command("remove <test>"), "quarantine")
    .description("take a test out of quarantine, from the next run on")
    .action(async (test: string, _options: unknown, command: Command) => {
      const { settings } = await configure(command, "quarantine", context);
      const client = connect(settings);
      await client.removeFromQuarantine({ project: settings.project, test: test.trim() });
      await client.close();
      context.stderr.write(`${printableLine(test)} counts again, from the next run on.\n`);
    });
}

/** "14d" from now, or the end of a day by UTC. */
function expiryOf(given: string, now_ms: number): number {
  const days = /^(\d{1,5})d$/.exec(given)?.[1];
  const end_ms = /^\d{4}-\d{2}-\d{2}$/.test(given) ? endOfDay_ms(given) : Number.NaN;
  const expires_at_ms = days === undefined ? end_ms : now_ms + Number(days) * day_ms;
  if (Number.isNaN(expires_at_ms)) throw usage(`--expires is a number of days (14d) or a day (2026-12-24), not ${given}.`);
  if (expires_at_ms <= now_ms) throw usage(`--expires ${given} is over already.`);
  // The coordinator's clock may be a little behind.
  if (expires_at_ms > latestExpiry_ms(now_ms))
    throw usage(`--expires ${given} is more than ${quarantineLimit_days} days from now.`);
  return expires_at_ms;
}

function dayOf(at_ms: number): string {
  return new Date(at_ms).toISOString().slice(0, 10);
}

function usage(problem: string): ShardwrightError {
  return new ShardwrightError("usage", { problem, remedy: "See `shardwright quarantine add --help`." });
}
