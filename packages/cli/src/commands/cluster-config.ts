import { type SettingInfo, type SettingValue, ShardwrightError, sharedKeys, sharedSettings } from "@shardwright/core";
import type { Command } from "commander";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { splitList } from "../config/split-list.ts";
import { connect } from "./connect.ts";

/** `shardwright cluster config get|set|unset`: what all coordinators of a cluster go by. */
export function registerClusterConfig(cluster: Command, context: CommandContext): void {
  const config = cluster
    .command("config")
    .description("settings that all coordinators share (needs the admin token)")
    .addHelpText("after", `\nSettings:\n${describeSettings()}`);

  addSettings(config.command("get [setting]"), "cluster")
    .description("what the cluster goes by, and where it comes from; of one setting the value alone")
    .action(async (key: string | undefined, _options: unknown, command: Command) => {
      const { settings } = await configure(command, "cluster", context);
      const client = connect(settings);
      const { settings: all } = await client.getConfiguration();
      await client.close();
      const found = key === undefined ? all : all.filter((setting) => setting.key === key);
      if (found.length === 0)
        throw new ShardwrightError("usage", {
          problem: `There is no setting ${key}.`,
          remedy: `Settings are ${all.map((setting) => setting.key).join(", ")}.`,
        });
      if (settings.json) context.stdout.write(`${JSON.stringify(key === undefined ? { settings: all } : found[0])}\n`);
      else
        context.stdout.write(
          key === undefined ? `${describeConfiguration(all)}\n` : found.map(({ value }) => valueLines(value)).join(""),
        );
    });

  addSettings(config.command("set <setting> <value...>"), "cluster")
    .description("set something for all coordinators, at once")
    .addHelpText(
      "after",
      `\nSettings:\n${describeSettings()}\n\nExamples:\n  $ shardwright cluster config set quota nightly=8 "*=32"\n  $ shardwright cluster config set retention-days 14`,
    )
    .action(async (key: string, words: readonly string[], _options: unknown, command: Command) => {
      const { settings } = await configure(command, "cluster", context);
      const client = connect(settings);
      await client.setSetting(key, valueOf(key, words));
      await client.close();
      context.stderr.write(`${key} is set for all coordinators.\n`);
    });

  addSettings(config.command("unset <setting>"), "cluster")
    .description("let what coordinators are started with count again")
    .action(async (key: string, _options: unknown, command: Command) => {
      const { settings } = await configure(command, "cluster", context);
      const client = connect(settings);
      await client.unsetSetting(key);
      await client.close();
      context.stderr.write(`${key} is what coordinators are started with.\n`);
    });
}

/** A line for each setting, for people. */
export function describeConfiguration(all: readonly SettingInfo[]): string {
  const width = Math.max(...all.map(({ key }) => key.length));
  const values = all.map(({ value }) => valueLines(value).trimEnd().replaceAll("\n", " ") || "none");
  const widest = Math.max(...values.map((value) => value.length));
  const lines = all.map(({ key, origin, set_at_ms }, at) => {
    const since = set_at_ms === undefined ? "" : ` since ${new Date(set_at_ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
    return `${key.padEnd(width)}  ${(values[at] ?? "").padEnd(widest)}  ${origin}${since}`;
  });
  return lines.join("\n");
}

/** A list a line each, for scripts. */
function valueLines(value: SettingValue): string {
  return (Array.isArray(value) ? value : [String(value)]).map((line) => `${line}\n`).join("");
}

/** What cannot be converted stays text, for the coordinator to refuse by name; so does a setting that only it knows. */
function valueOf(key: string, words: readonly string[]): SettingValue {
  const [kind] = sharedKeys.flatMap((known) => (known === key ? [sharedSettings[known].kind] : []));
  if (kind === "list") return words.flatMap((word) => splitList(word));
  const text = words.join(" ");
  if (kind === "number" && text.trim() !== "" && !Number.isNaN(Number(text))) return Number(text);
  if (kind === "switch")
    return ({ true: true, "1": true, yes: true, false: false, "0": false, no: false } as Record<string, boolean>)[text] ?? text;
  return text;
}

function describeSettings(): string {
  const width = Math.max(...sharedKeys.map((key) => key.length));
  return sharedKeys.map((key) => `  ${key.padEnd(width)}  ${sharedSettings[key].describe}`).join("\n");
}
