import { builtInRunners, type Runner } from "@shardwright/runners";
import type { Plugin, Reporter } from "../plugin.ts";
import { builtInReporters } from "./reporters.ts";

/** All runners by name; a plugin's runner replaces a built-in one of the same name. */
export function runnersFrom(plugins: readonly Plugin[]): Map<string, Runner> {
  return new Map(
    [...builtInRunners, ...plugins.flatMap((plugin) => plugin.runners ?? [])].map((runner) => [runner.name, runner]),
  );
}

/** All reporters by format, likewise. */
export function reportersFrom(plugins: readonly Plugin[]): Reporter[] {
  const all = [...builtInReporters, ...plugins.flatMap((plugin) => plugin.reporters ?? [])];
  return [...new Map(all.map((reporter) => [reporter.format, reporter])).values()];
}
