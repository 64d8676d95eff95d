import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  artifactGlobSchema,
  browserKindSchema,
  latestExpiry_ms,
  nameSchema,
  type QuarantineEntry,
  quarantineEntriesLimit,
  quarantineLimit_days,
  quarantineWordsSchema,
  reasonOf,
  ShardwrightError,
  workspacePathSchema,
} from "@shardwright/core";
import { z } from "zod";
import { pluginsSchema } from "../plugins/open-plugins.ts";
import { looseRequirementsSchema, needsOf } from "../run/requirements.ts";
import { type SettingKey, settings } from "./settings.ts";

const patterns = z.array(z.string().min(1).max(4096)).max(1000);

/** One suite of the configuration file. */
const suiteConfigSchema = z
  .strictObject({
    name: nameSchema,
    runner: nameSchema,
    /** Relative to the configuration file. */
    directory: workspacePathSchema.default("."),
    patterns: patterns.default([]),
    directories: patterns.default([]),
    excludes: patterns.default([]),
    /** For the runner; its page in the docs lists them. */
    options: z.record(z.string(), z.json()).default({}),
    /** As exact as the protocol has them, or short: `{ browser: "firefox" }`. */
    requirements: looseRequirementsSchema.default({}),
    /** Browsers that each file is to run in: a task for each. */
    browsers: z.array(browserKindSchema).min(1).max(16).optional(),
    /** Which files to keep of what its tests leave behind. */
    artifacts: z.array(artifactGlobSchema).min(1).max(64).optional(),
    /** Its tests change something outside of themselves: none of them must run twice at the same time. Commands do unless this says otherwise. */
    sideEffects: z.boolean().optional(),
    /** Seconds for one test file. */
    timeout: z.number().positive().optional(),
  })
  .transform(({ requirements: loose, browsers: own, ...suite }) => {
    const { requirements, browsers } = needsOf(loose);
    const several = own ?? browsers;
    return { ...suite, requirements, ...(several && { browsers: [...several] }) };
  });
export type SuiteConfig = z.infer<typeof suiteConfigSchema>;

/** One test of the configuration file whose failures do not count. */
const quarantineConfigSchema = z.strictObject({
  ...quarantineWordsSchema.omit({ expires_at_ms: true }).shape,
  /** A day, at the end of which (UTC) it is over. One that is past is no mistake: the run says that it does not count any more. */
  expires: z.iso
    .date("give a day such as 2026-12-24")
    .refine(
      (day) => endOfDay_ms(day) <= latestExpiry_ms(Date.now()) + 86_400_000,
      `a test stays in quarantine for ${quarantineLimit_days} days at most: name an earlier day`,
    ),
});

/** The last moment of a day, by UTC. */
export function endOfDay_ms(day: string): number {
  return Date.parse(`${day}T23:59:59.999Z`);
}

/** The quarantine of a configuration file, as it is submitted. */
export function quarantineEntries(given: readonly z.infer<typeof quarantineConfigSchema>[] = []): QuarantineEntry[] {
  return given.map(({ expires, ...words }) => ({ ...words, expires_at_ms: endOfDay_ms(expires), origin: "file" }));
}

export const fileSchema = z.strictObject({
  ...Object.fromEntries(Object.entries(settings).map(([key, setting]) => [key, setting.schema.optional()])),
  suites: z
    .array(suiteConfigSchema)
    .max(256)
    .refine((suites) => new Set(suites.map((suite) => suite.name)).size === suites.length, "each suite needs a name of its own")
    .optional(),
  plugins: pluginsSchema.optional(),
  quarantine: z.array(quarantineConfigSchema).max(quarantineEntriesLimit).optional(),
});

/** What a configuration file gives, for `export default { … } satisfies ShardwrightConfig`. */
export type ShardwrightConfig = Readonly<
  { [Key in SettingKey]?: z.input<(typeof settings)[Key]["schema"]> } & {
    suites?: readonly z.input<typeof suiteConfigSchema>[];
    plugins?: z.input<typeof pluginsSchema>;
    quarantine?: readonly z.input<typeof quarantineConfigSchema>[];
  }
>;

export interface ConfigFile {
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
}

const names = ["ts", "mts", "js", "mjs", "json", "yml", "yaml"].map((extension) => `shardwright.config.${extension}`);
/** How many folders up a configuration file is looked for. */
const heightLimit = 64;

/** The nearest configuration file, here or above, not beyond the repository's root. */
export function findConfigFile(directory: string): string | undefined {
  let folder = directory;
  for (let height = 0; height < heightLimit; height += 1) {
    const found = names.map((name) => join(folder, name)).filter((path) => existsSync(path));
    if (found.length > 1)
      throw new ShardwrightError("usage", {
        problem: `There are ${found.length} configuration files in ${folder}: ${found.map((path) => path.slice(folder.length + 1)).join(", ")}.`,
        remedy: "Keep one of them.",
      });
    if (found[0] !== undefined) return found[0];
    if (existsSync(join(folder, ".git")) || dirname(folder) === folder) return undefined;
    folder = dirname(folder);
  }
  return undefined;
}

/** Reads the file; what is in it is checked later, together with flags and variables. @throws ShardwrightError `config-invalid` */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  let content: unknown;
  try {
    // A module may make its configuration asynchronously; unawaited, a promise would pass for an object without any setting.
    if (/\.m?[jt]s$/.test(path)) content = await ((await import(pathToFileURL(path).href)) as { default?: unknown }).default;
    else if (path.endsWith(".json")) content = JSON.parse(readFileSync(path, "utf8"));
    else content = (await import("yaml")).parse(readFileSync(path, "utf8"), { maxAliasCount: 100 });
  } catch (error) {
    throw new ShardwrightError("config-invalid", { problems: `  ${path}: ${reasonOf(error)}` }, { cause: error });
  }
  if (content === undefined || content === null || typeof content !== "object" || Array.isArray(content))
    throw new ShardwrightError("config-invalid", {
      problems: `  ${path}: it must give one object (in a module: \`export default { … }\`)`,
    });
  return { path, values: content as Record<string, unknown> };
}
