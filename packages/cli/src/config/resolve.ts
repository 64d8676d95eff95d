import { dirname, resolve } from "node:path";
import { type QuarantineEntry, ShardwrightError } from "@shardwright/core";
import type { Plugins } from "@shardwright/plugin";
import type { z } from "zod";
import { followsAnother } from "../publish/follows-another.ts";
import { type PluginReferences, openPlugins } from "../plugins/open-plugins.ts";
import { fileSchema, findConfigFile, quarantineEntries, readConfigFile, type ConfigFile, type SuiteConfig } from "./file.ts";
import { isServiceLink } from "./foreign-variables.ts";
import { flagOf, settings, settingsOf, variableOf, type CommandName, type Setting, type SettingKey } from "./settings.ts";
import { splitList } from "./split-list.ts";

type Value<K extends SettingKey> = (typeof settings)[K] extends { kind: "list" }
  ? string[]
  : z.infer<(typeof settings)[K]["schema"]>;

/** Every setting, from wherever it came; absent ones without a default are undefined. */
export type Settings = {
  readonly [K in SettingKey]: (typeof settings)[K] extends { default: unknown } ? Value<K> : Value<K> | undefined;
};

export interface Configuration {
  readonly settings: Settings;
  readonly suites: readonly SuiteConfig[] | undefined;
  /** What comes with Shardwright, and for commands that run or look for tests what the configuration file names. */
  readonly plugins: Plugins;
  /** The configuration file's tests whose failures do not count. */
  readonly quarantine: readonly QuarantineEntry[];
  /** The configuration file's folder, or the current one: paths of suites are relative to it. */
  readonly root: string;
  readonly file: string | undefined;
}

export interface ResolveRequest {
  readonly command: CommandName;
  /** As the command line gave them: text, lists of text, or true and false for switches. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  /** A configuration file named by `--config`. */
  readonly config?: string;
}

/** Commands that need the plugins of the configuration file. */
const usesPlugins: ReadonlySet<CommandName> = new Set([
  "run",
  "worker",
  "coordinator",
  "split",
  "doctor",
  "plugins",
  "bisect-order",
  "trends-bisect",
  "report",
]);

/**
 * Flag, then environment variable, then configuration file, then default.
 * @throws ShardwrightError `config-invalid` that lists every problem at once, each by the name its owner knows it under
 */
export async function resolveConfiguration(request: ResolveRequest): Promise<Configuration> {
  const path = request.config === undefined ? nearestConfig(request) : resolve(request.directory, request.config);
  const file = path === undefined ? undefined : await readConfigFile(path);
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  const known = new Map(settingsOf(request.command));

  for (const key of Object.keys(settings) as SettingKey[]) {
    const setting: Setting = settings[key];
    const found = known.has(key) ? given(key, setting, request, file) : undefined;
    if (found === undefined) {
      values[key] = setting.default;
      continue;
    }
    const parsed = setting.schema.safeParse(found.value);
    if (parsed.success) values[key] = parsed.data;
    else problems.push(...parsed.error.issues.map((issue) => `  ${found.name}: ${issue.message}`));
  }
  if (file !== undefined) problems.push(...fileProblems(file));
  problems.push(...unknownVariables(request.environment));
  if (problems.length > 0) throw new ShardwrightError("config-invalid", { problems: [...new Set(problems)].join("\n") });

  const checked = file === undefined ? {} : fileSchema.parse(file.values);
  const root = path === undefined ? request.directory : dirname(path);
  const references: PluginReferences = "plugins" in checked && checked.plugins !== undefined ? checked.plugins : [];
  return {
    settings: values as unknown as Settings,
    suites: "suites" in checked ? checked.suites : undefined,
    plugins: await openPlugins(usesPlugins.has(request.command) ? references : [], root, path),
    quarantine: quarantineEntries("quarantine" in checked ? checked.quarantine : undefined),
    root,
    file: path,
  };
}

/** None for what shows another run's results: it has rights that those who made the files around it may not have, and a module would be run. */
function nearestConfig({ command, environment, directory }: ResolveRequest): string | undefined {
  return command === "report" && followsAnother(environment) ? undefined : findConfigFile(directory);
}

interface Given {
  readonly name: string;
  readonly value: unknown;
}

function given(key: SettingKey, setting: Setting, request: ResolveRequest, file: ConfigFile | undefined): Given | undefined {
  const flag = request.flags[key];
  if (flag !== undefined) return { name: flagOf(key), value: fromText(setting, flag) };
  const variable = request.environment[variableOf(key)];
  if (variable !== undefined && variable !== "" && !isServiceLink(variableOf(key), variable))
    return { name: variableOf(key), value: fromText(setting, variable) };
  const value = file?.values[key];
  return value === undefined ? undefined : { name: `${file?.path ?? ""}: ${key}`, value };
}

/** Text becomes what the setting's kind says; what cannot be converted stays text, for the schema to refuse by name. */
function fromText(setting: Setting, raw: unknown): unknown {
  if (setting.kind === "list") return (Array.isArray(raw) ? raw : [raw]).flatMap((part: unknown) => splitList(String(part)));
  if (typeof raw !== "string") return raw;
  if (setting.kind === "number") return raw.trim() === "" || Number.isNaN(Number(raw)) ? raw : Number(raw);
  if (setting.kind === "switch")
    return ({ true: true, "1": true, yes: true, false: false, "0": false, no: false } as Record<string, unknown>)[raw] ?? raw;
  if (setting.kind !== "json") return raw;
  try {
    return JSON.parse(raw) as unknown;
  } catch {
    return raw;
  }
}

function fileProblems(file: ConfigFile): string[] {
  const parsed = fileSchema.safeParse(file.values);
  if (parsed.success) return [];
  return parsed.error.issues.map((issue) => {
    const where = issue.path.length === 0 ? "" : `: ${issue.path.join(".")}`;
    return `  ${file.path}${where}: ${issue.message}`;
  });
}

/** Variables that are ours but are no setting. */
const otherVariables = new Set([
  "SHARDWRIGHT",
  "SHARDWRIGHT_ADMIN_TOKEN",
  "SHARDWRIGHT_ARTIFACTS_DIR",
  "SHARDWRIGHT_DEBUG",
  "SHARDWRIGHT_ID_TOKEN",
  "SHARDWRIGHT_BROWSER",
  "SHARDWRIGHT_BROWSERS",
  "SHARDWRIGHT_FFMPEG",
  "SHARDWRIGHT_METRICS",
  "SHARDWRIGHT_NODE",
  "SHARDWRIGHT_REEXECUTED",
  "SHARDWRIGHT_REQUIRE_BROWSERS",
  "SHARDWRIGHT_RUN_ID",
  "SHARDWRIGHT_WORKER",
  "SHARDWRIGHT_SLOT",
]);

/** A misspelt variable would otherwise be ignored without a word. */
function unknownVariables(environment: ResolveRequest["environment"]): string[] {
  const knownVariables = new Set(Object.keys(settings).map(variableOf));
  return Object.entries(environment)
    .filter(([name]) => name.startsWith("SHARDWRIGHT_") && !knownVariables.has(name) && !otherVariables.has(name))
    .filter(([name, value]) => !isServiceLink(name, value ?? ""))
    .map(([name]) => `  ${name}: there is no such setting (see \`shardwright run --help\`)`);
}
