import { parseArgs } from "node:util";

/** Settings of Playwright's own that go over those of the configuration file; paths are relative to the suite's folder. */
export interface Overrides {
  readonly failOnFlakyTests?: true;
  readonly forbidOnly?: true;
  readonly fullyParallel?: true;
  readonly ignoreSnapshots?: true;
  readonly outputDir?: string;
  readonly quiet?: true;
  readonly repeatEach?: number;
  readonly retries?: number;
  readonly timeout?: number;
  readonly tsconfig?: string;
  readonly updateSnapshots?: string;
  readonly use?: { readonly headless?: false; readonly trace?: string };
}

export interface PlaywrightArguments {
  readonly overrides: Overrides;
  /** Regular expressions on titles, as Playwright takes them. */
  readonly grep?: string | undefined;
  readonly grepInvert?: string | undefined;
}

const options = {
  "fail-on-flaky-tests": { type: "boolean" },
  "forbid-only": { type: "boolean" },
  "fully-parallel": { type: "boolean" },
  grep: { type: "string", short: "g" },
  "grep-invert": { type: "string", short: "G" },
  headed: { type: "boolean" },
  "ignore-snapshots": { type: "boolean" },
  output: { type: "string" },
  quiet: { type: "boolean" },
  "repeat-each": { type: "string" },
  retries: { type: "string" },
  timeout: { type: "string" },
  trace: { type: "string" },
  tsconfig: { type: "string" },
  "update-snapshots": { type: "string", short: "u" },
} as const;

const snapshotModes = ["all", "changed", "missing", "none", "default"];

/** Options that say which part of a suite runs where, how a whole run is reported, or that a person looks on. */
const decidedElsewhere = {
  add: "reporters belong to the configuration",
  config: "the option `config` names the configuration file",
  deps: "projects run after those they depend on",
  debug: "nobody looks on",
  global: "the run has a timeout of its own: --timeout of shardwright",
  last: "shardwright knows by itself what has not passed",
  list: "the tests are listed by shardwright",
  max: "what fails is decided for the whole run",
  no: "projects run after those they depend on",
  only: "the option --test-pattern of shardwright chooses files",
  pass: "the option --allow-empty of shardwright says that no tests are right",
  project: "the option `projects` names the projects",
  reporter: "reporters belong to the configuration",
  shard: "the tests are dealt out by shardwright",
  shuffle: "the files are dealt out by shardwright",
  test: "the option --test-pattern of shardwright chooses files",
  ui: "nobody looks on",
  workers: "the option --workers of shardwright says how many run at once",
} as const;

/** @throws Error that names an argument which is unknown, wrong, or not Playwright's to decide here. */
export function parsePlaywrightArguments(args: readonly string[]): PlaywrightArguments {
  const { values, positionals } = parse(args);
  if (positionals.length > 0)
    throw new Error(`‘${positionals[0]}’ is no option: the option --test-pattern of shardwright chooses files.`);
  const mode = values["update-snapshots"];
  if (mode !== undefined && !snapshotModes.includes(mode))
    throw new Error(`--update-snapshots is one of ${snapshotModes.join(", ")}, not ‘${mode}’.`);
  for (const [name, source] of [
    ["grep", values.grep],
    ["grep-invert", values["grep-invert"]],
  ] as const)
    checkExpression(name, source);
  const use = {
    ...(values.headed ? { headless: false as const } : {}),
    ...(values.trace === undefined ? {} : { trace: values.trace }),
  };
  const overrides: Overrides = {
    ...(values["fail-on-flaky-tests"] ? { failOnFlakyTests: true } : {}),
    ...(values["forbid-only"] ? { forbidOnly: true } : {}),
    ...(values["fully-parallel"] ? { fullyParallel: true } : {}),
    ...(values["ignore-snapshots"] ? { ignoreSnapshots: true } : {}),
    ...(values.quiet ? { quiet: true } : {}),
    ...(values.output === undefined ? {} : { outputDir: values.output }),
    ...(values.tsconfig === undefined ? {} : { tsconfig: values.tsconfig }),
    ...(mode === undefined ? {} : { updateSnapshots: mode }),
    ...number("repeatEach", "repeat-each", values["repeat-each"]),
    ...number("retries", "retries", values.retries),
    ...number("timeout", "timeout", values.timeout),
    ...(Object.keys(use).length === 0 ? {} : { use }),
  };
  return { overrides, grep: values.grep, grepInvert: values["grep-invert"] };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: withSnapshotMode(args), options, allowPositionals: true });
  } catch (error) {
    const [, name = ""] = /'(-[^' ]+)/.exec((error as Error).message) ?? [];
    const word = /^--([a-z]+)/.exec(name)?.[1] ?? { "-c": "config", "-j": "workers", "-x": "max" }[name] ?? "";
    const reason = (decidedElsewhere as Record<string, string>)[word];
    throw new Error(reason === undefined ? (error as Error).message : `${name} has no place here: ${reason}.`, { cause: error });
  }
}

/** Playwright's `-u` may stand alone. */
function withSnapshotMode(args: readonly string[]): string[] {
  return args.map((arg, index) => {
    if (arg !== "-u" && arg !== "--update-snapshots") return arg;
    return snapshotModes.includes(args[index + 1] ?? "") ? arg : "--update-snapshots=changed";
  });
}

function number<Key extends string>(key: Key, flag: string, value: string | undefined): { [key in Key]?: number } {
  if (value === undefined) return {};
  if (!/^\d{1,9}$/.test(value)) throw new Error(`--${flag} is a whole number, not ‘${value}’.`);
  return { [key]: Number(value) } as { [key in Key]?: number };
}

function checkExpression(flag: string, source: string | undefined): void {
  if (source === undefined) return;
  const [, body = source, flags = "gi"] = /^\/(.*)\/([gi]*)$/.exec(source) ?? [];
  try {
    RegExp(body, flags);
  } catch (error) {
    throw new Error(`--${flag}: ${(error as Error).message}`, { cause: error });
  }
}
