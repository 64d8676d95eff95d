import type { Plugins, Reporter } from "@shardwright/plugin";
import type { Runner } from "@shardwright/runners";

/** All runners by name. */
export function runnersFrom(plugins: Plugins): Map<string, Runner> {
  return new Map(plugins.parts("runner").map(({ name, value }) => [name, value]));
}

/** All reporters. */
export function reportersFrom(plugins: Plugins): Reporter[] {
  return plugins.parts("reporter").map(({ value }) => value);
}
