import { ShardwrightError } from "@shardwright/core";
import type { Plugin } from "./plugin.ts";
import { Plugins, type PluginsOptions } from "./plugins.ts";
import { pluginSchema, problemsOf } from "./shapes.ts";

/** A plugin to load, and what its user says to it. */
export interface PluginEntry {
  /** Its shape is checked. */
  readonly plugin: unknown;
  readonly options?: Readonly<Record<string, unknown>>;
  /** How its user knows it: `shardwright.config.ts: plugins.0`. */
  readonly place: string;
}

/**
 * Sets up plugins, in this order. One that fails in its own code is left out and told of by `onFault`.
 * @param builtIn what comes before them; a plugin's runner takes the place of one of these of the same name
 * @throws ShardwrightError `config-invalid` that lists what is wrong: something that is no plugin, names that are taken, one that was written
 *   for another version
 */
export async function loadPlugins(
  entries: readonly PluginEntry[],
  options: PluginsOptions,
  builtIn: readonly Plugin[] = [],
): Promise<Plugins> {
  const problems: string[] = [];
  const places = new Map<string, string>();
  const checked: { plugin: Plugin; options: Readonly<Record<string, unknown>> | undefined }[] = [];
  for (const { plugin, options: given, place } of entries) {
    const found = await problemsWith(plugin, options.version);
    problems.push(...found.map((problem) => `  ${place}: ${problem}`));
    if (found.length > 0) continue;
    const { name } = plugin as Plugin;
    const other = places.get(name) ?? (builtIn.some((one) => one.name === name) ? "what comes with Shardwright" : undefined);
    if (other !== undefined)
      problems.push(`  ${place}: a plugin ${name} is there already (${other}): each needs a name of its own`);
    places.set(name, place);
    checked.push({ plugin: plugin as Plugin, options: given });
  }
  if (problems.length > 0) throw new ShardwrightError("config-invalid", { problems: problems.join("\n") });
  const plugins = new Plugins(options, builtIn);
  for (const { plugin, options: given } of checked) await plugins.add(plugin, given);
  return plugins;
}

async function problemsWith(plugin: unknown, version: string): Promise<string[]> {
  const parsed = pluginSchema.safeParse(plugin);
  if (!parsed.success)
    return typeof plugin === "object" && plugin !== null
      ? problemsOf(parsed.error)
      : ["it is no plugin: use definePlugin({ … })"];
  const { name, shardwright: range, version: own } = parsed.data;
  // Loaded where it is needed: most runs have no plugin.
  const { default: semver } = await import("semver");
  const problems: string[] = [];
  if (semver.valid(own) === null) problems.push(`version: ${own} is no version such as 1.0.0`);
  if (range === undefined) return problems;
  if (semver.validRange(range) === null) problems.push(`shardwright: ${range} is no range of versions such as ^0.1`);
  else if (!semver.satisfies(version, range, { includePrerelease: true }))
    problems.push(
      `${name} ${own} was written for Shardwright ${range}, and this is ${version}: use another version of one of them`,
    );
  return problems;
}

/** The plugins that an application hands over as they are. */
export function entriesOf(plugins: readonly Plugin[]): PluginEntry[] {
  return plugins.map((plugin, index) => ({ plugin, place: `plugins.${index}` }));
}
