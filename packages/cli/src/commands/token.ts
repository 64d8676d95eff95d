import { scopeSchema, ShardwrightError } from "@shardwright/core";
import type { Command } from "commander";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { connect } from "./connect.ts";

/** `shardwright token create|list|revoke`, for those who hold the admin token. */
export function registerToken(program: Command, context: CommandContext): void {
  const token = program.command("token").description("make, list and revoke the coordinator's tokens (needs the admin token)");

  addSettings(token.command("create"), "token")
    .description("make a token; it is shown once")
    .requiredOption("--scope <scope>", `what it may do: ${scopeSchema.options.join(", ")}`)
    .option("--token-name <name>", "whose it is, for the list", "unnamed")
    .option("--only-project <name>", "the only project that it may touch; without it, all of them")
    .option("--days <n>", "lifetime; without it the token does not expire")
    .addHelpText("after", "\nExample:\n  $ shardwright token create --scope worker --token-name build-farm --days 90")
    .action(async (_options: unknown, command: Command) => {
      const { settings } = await configure(command, "token", context);
      const options = command.opts<{ scope: string; tokenName: string; onlyProject?: string; days?: string }>();
      const scope = scopeSchema.safeParse(options.scope);
      const days = options.days === undefined ? undefined : Number(options.days);
      if (!scope.success) throw usage(`--scope is one of ${scopeSchema.options.join(", ")}, not ${options.scope}.`);
      if (days !== undefined && (!Number.isInteger(days) || days < 1))
        throw usage(`--days is a whole number from 1, not ${options.days}.`);
      const client = connect(settings);
      const created = await client.createToken({
        name: options.tokenName,
        scope: scope.data,
        ...(days === undefined ? {} : { days }),
        ...(options.onlyProject !== undefined && { project: options.onlyProject }),
      });
      await client.close();
      context.stdout.write(settings.json ? `${JSON.stringify(created)}\n` : `${created.secret}\n`);
      if (!settings.json) context.stderr.write(`Token ${created.id} (${created.scope}). Keep it safe: it is not shown again.\n`);
    });

  addSettings(token.command("list"), "token")
    .description("list the tokens, without their secrets")
    .action(async (_options: unknown, command: Command) => {
      const { settings } = await configure(command, "token", context);
      const client = connect(settings);
      const { tokens } = await client.listTokens();
      await client.close();
      if (settings.json) return void context.stdout.write(`${JSON.stringify({ tokens })}\n`);
      for (const info of tokens) {
        const expiry =
          info.expires_at_ms === undefined ? "" : `  expires ${new Date(info.expires_at_ms).toISOString().slice(0, 10)}`;
        context.stdout.write(
          `${info.id}  ${info.scope.padEnd(6)}  ${info.name}${info.project === undefined ? "" : `  of ${info.project}`}${expiry}${info.revoked ? "  revoked" : ""}\n`,
        );
      }
    });

  addSettings(token.command("revoke <id>"), "token")
    .description("revoke a token at once")
    .action(async (id: string, _options: unknown, command: Command) => {
      const { settings } = await configure(command, "token", context);
      const client = connect(settings);
      await client.revokeToken(id);
      await client.close();
      context.stderr.write(`Token ${id} is revoked.\n`);
    });
}

function usage(problem: string): ShardwrightError {
  return new ShardwrightError("usage", { problem, remedy: "See `shardwright token create --help`." });
}
