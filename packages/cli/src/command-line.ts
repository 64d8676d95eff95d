import { Option, type Command } from "commander";
import { applyBrowserLimits } from "./config/browser-limits.ts";
import { withIdentity } from "./config/identity.ts";
import { resolveConfiguration, type Configuration } from "./config/resolve.ts";
import { flagOf, settingsOf, variableOf, type CommandName, type Setting } from "./config/settings.ts";

/** What a command is given beside its own arguments. */
export interface CommandContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Sets the exit code; the process ends when nothing is left to do. */
  exit(code: number): void;
}

/** Gives a command the flags of all its settings, each with its variable and default in the help. */
export function addSettings(command: Command, name: CommandName): Command {
  command.option("--config <file>", "configuration file (default: the nearest shardwright.config.{ts,js,json,yml})");
  for (const [key, setting] of settingsOf(name)) for (const option of optionsOf(key, setting)) command.addOption(option);
  return command;
}

function optionsOf(key: string, setting: Setting): Option[] {
  const described = `${setting.describe}${setting.default === undefined || setting.kind === "switch" ? "" : ` (default: ${setting.default})`} [${variableOf(key)}]`;
  const positive = new Option(setting.value === undefined ? flagOf(key) : `${flagOf(key)} ${setting.value}`, described);
  return setting.default === true
    ? [positive, new Option(flagOf(key).replace("--", "--no-"), `the opposite of ${flagOf(key)}`)]
    : [positive];
}

/** Commands that ask a coordinator, and nothing more: the others do more than that before they need it, or need more than a CI job may. */
const askers: ReadonlySet<CommandName> = new Set(["runs", "flaky", "trends", "quarantine", "task", "split"]);

/** Puts a command's flags together with the environment and the configuration file. */
export async function configure(command: Command, name: CommandName, context: CommandContext): Promise<Configuration> {
  const { config, ...flags } = command.opts<{ config?: string }>();
  const configuration = await resolveConfiguration({
    command: name,
    flags,
    environment: context.environment,
    directory: context.directory,
    ...(config && { config }),
  });
  if (name === "run" || name === "worker") await applyBrowserLimits(configuration.settings);
  if (!askers.has(name)) return configuration;
  return { ...configuration, settings: await withIdentity(configuration.settings, { environment: context.environment }) };
}
