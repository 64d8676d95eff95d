import { reasonOf, ShardwrightError } from "@shardwright/core";
import {
  type Plugin,
  type PluginEntry,
  type Plugins,
  coordinatorPlugin,
  faultSentence,
  loadPlugins,
  useProviders,
} from "@shardwright/plugin";
import { z } from "zod";
import { version } from "../version.ts";
import { printableLine } from "../view/text.ts";
import { commandLinePlugin } from "./built-in.ts";
import { importPlugin } from "./find-plugin.ts";

const builtIn: readonly Plugin[] = [coordinatorPlugin, commandLinePlugin];

const plugin = z.custom<string | Plugin>(
  (value) =>
    (typeof value === "string" && value !== "") || (typeof value === "object" && value !== null && !Array.isArray(value)),
  "name a package or a file, or give what definePlugin returns",
);

/** `plugins` of the configuration file: packages or files by name, or what `definePlugin` returns; with options as `[plugin, { … }]`. */
export const pluginsSchema = z
  .array(
    z.union([plugin, z.tuple([plugin, z.record(z.string(), z.unknown())])], {
      error: "give a package's name, what definePlugin returns, or [plugin, { options }]",
    }),
  )
  .max(64);
export type PluginReferences = z.infer<typeof pluginsSchema>;

/**
 * Loads and sets up what the configuration names. What fails in the plugins' own code is left out, and told of by `onFault`.
 * @param root where packages and files are looked for: the configuration file's folder
 * @param file the configuration file, for what is said of it
 * @throws ShardwrightError `config-invalid` for one that is not there, is no plugin, or was written for another version
 */
export async function openPlugins(references: PluginReferences, root: string, file = "plugins"): Promise<Plugins> {
  const problems: string[] = [];
  const entries: PluginEntry[] = [];
  for (const [index, reference] of references.entries()) {
    const place = `${file}: plugins.${index}`;
    const [named, options] = Array.isArray(reference) ? reference : [reference];
    try {
      const found = typeof named === "string" ? await importPlugin(named, root) : named;
      entries.push({
        plugin: found,
        place: typeof named === "string" ? `${place} (${named})` : place,
        ...(options && { options }),
      });
    } catch (error) {
      problems.push(
        `  ${place}: ${typeof named === "string" ? named : "it"} could not be loaded: ${printableLine(reasonOf(error))}`,
      );
    }
  }
  if (problems.length > 0) throw new ShardwrightError("config-invalid", { problems: problems.join("\n") });
  const plugins = await loadPlugins(entries, { version, root }, builtIn);
  useProviders(plugins);
  return plugins;
}

/** Tells of what plugins do wrong, a line each. @returns what ends that */
export function tellFaults(plugins: Plugins, say: (line: string) => void): () => void {
  return plugins.onFault((fault) => say(printableLine(faultSentence(fault))));
}

/** The line for a report that a plugin's reporter did not write. */
export function unwrittenBy(plugins: Plugins, format: string, error: unknown): string {
  const { plugin } = plugins.part("reporter", format) ?? {};
  return `error: the report ${format} could not be written: ${printableLine(reasonOf(error))} (it is the plugin ${plugin}'s)`;
}
