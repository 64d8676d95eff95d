import { type LoadedPlugin, kindTitles } from "@shardwright/plugin";
import type { Command } from "commander";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { exitCodes } from "../exit-codes.ts";
import { printableLine } from "../view/text.ts";

/** `shardwright plugins list`: what the configuration loads, and what each brings. */
export function registerPlugins(program: Command, context: CommandContext): void {
  const plugins = program.command("plugins").description("what extends Shardwright here");

  addSettings(plugins.command("list"), "plugins")
    .description("each plugin: its version, what it brings, and what is wrong with it")
    .addHelpText("after", "\nExample:\n  $ shardwright plugins list")
    .action(async (_options: unknown, command: Command) => {
      const { settings, plugins } = await configure(command, "plugins", context);
      const { all } = plugins;
      if (settings.json) context.stdout.write(`${JSON.stringify({ plugins: all.map(pluginInfo) })}\n`);
      else for (const plugin of all) context.stdout.write(`${describePlugin(plugin)}\n`);
      await plugins.close();
      context.exit(all.some(({ problem }) => problem !== undefined) ? exitCodes.usage : exitCodes.passed);
    });
}

function pluginInfo({ name, version, shardwright, isBuiltIn, parts, hooks, problem }: LoadedPlugin) {
  return {
    name,
    version,
    ...(shardwright !== undefined && { shardwright }),
    built_in: isBuiltIn,
    parts: parts.map((part) => ({ kind: part.kind, name: part.name })),
    hooks,
    ...(problem !== undefined && { problem }),
  };
}

/** A line for the plugin, and one for each kind of what it brings. */
function describePlugin({ name, version, isBuiltIn, parts, hooks, problem }: LoadedPlugin): string {
  const head = `${name} ${version}${isBuiltIn ? " (comes with Shardwright)" : ""}`;
  if (problem !== undefined) return printableLine(`${head}: could not be set up: ${problem}`);
  return [
    head,
    ...partsByKind(parts).map((line) => `  ${line}`),
    ...(hooks.length > 0 ? [`  hooks: ${hooks.join(", ")}`] : []),
  ].join("\n");
}

/** `runner: vitest, jest` */
export function partsByKind(parts: LoadedPlugin["parts"]): string[] {
  const kinds = new Map(parts.map(({ kind }) => [kind, parts.filter((part) => part.kind === kind)]));
  return [...kinds].map(([kind, those]) => `${kindTitles[kind]}: ${those.map(({ name }) => name).join(", ")}`);
}
