import type { ReportSuite } from "./run-report.ts";

/** What is to be run again. */
export interface CommandRequest {
  readonly suite: ReportSuite;
  /** Relative to the suite's folder. */
  readonly file: string;
  /** Of the task, as its runner gave them. */
  readonly args: readonly string[];
  /** Of the only test; the whole file when absent. */
  readonly path?: readonly string[];
  readonly line?: number | undefined;
  readonly seed: readonly string[];
}

type Command = (request: CommandRequest) => readonly string[];

const commands: Readonly<Record<string, Command>> = {
  // Between titles version 5 has ` > ` in a test's whole name, versions before a space.
  vitest: ({ suite, file, args, path, seed }) => [
    ...start(suite, ["npx", "vitest", "run"]),
    file,
    ...(path === undefined ? [] : ["-t", `^${path.map(pattern).join("( >)? ")}$`]),
    ...option(suite, "config", "--config"),
    ...args.map((word) => (word === "--typecheck" ? "--typecheck.only" : word)),
    ...seed,
  ],
  jest: ({ suite, file, args, path, seed }) => [
    ...start(suite, ["npx", "jest"]),
    ...optionWords(suite),
    ...option(suite, "config", "--config"),
    ...jestProject(args),
    ...seed,
    ...(path === undefined ? [] : ["-t", fullName(path)]),
    "--runTestsByPath",
    file,
  ],
  mocha: ({ suite, file, path }) => [
    ...start(suite, ["npx", "mocha", ...optionWords(suite), ...option(suite, "config", "--config")]),
    file,
    ...(path === undefined ? [] : ["--grep", fullName(path)]),
  ],
  "node-test": ({ suite, file, args, path }) => [
    ...start(suite, ["node", ...optionWords(suite)]),
    "--test",
    ...args,
    ...(path === undefined ? [] : [`--test-name-pattern=${fullName(path)}`]),
    file,
  ],
  playwright: ({ suite, file, args, path, line }) => [
    ...start(suite, ["npx", "playwright", "test"]),
    // A file is named by a regular expression.
    `${pattern(file)}${path === undefined || line === undefined ? "" : `:${line}`}`,
    ...(path === undefined ? [] : ["-g", `${pattern(path.at(-1) ?? "")}(?= @|$)`]),
    ...option(suite, "config", "--config"),
    ...args,
    ...optionWords(suite),
  ],
  pytest: ({ suite, file, path, seed }) => [
    ...start(suite, [pythonOf(suite), "-m", "pytest"]),
    ...optionWords(suite),
    ...seed,
    [file, ...(path ?? [])].join("::"),
  ],
  go: ({ suite, file, args, path, seed }) => {
    const [first = ""] = path ?? [];
    const chosen = path?.map((name) => `^${pattern(name)}$`).join("/");
    const choice =
      chosen === undefined ? [] : first.startsWith("Benchmark") ? ["-run=^$", `-bench=${chosen}`] : [`-run=${chosen}`];
    const untested = args.flatMap((word) => (word.startsWith("-untested=") ? [word.slice("-untested=".length)] : []));
    if (untested.length > 0) return [...start(suite, [textOption(suite, "go") ?? "go", "vet"]), ...untested];
    const flags = [...goFlags(optionWords(suite)), ...args.filter((word) => !word.startsWith("-file="))];
    return [...start(suite, [textOption(suite, "go") ?? "go", "test"]), ...flags, "-count=1", ...seed, ...choice, `./${file}`];
  },
  command: ({ suite, file, args }) => commandWords(suite, file, args),
};

/** What a person types to run a test, or a file, by its framework. */
export function frameworkCommand(request: CommandRequest): readonly string[] {
  const { suite, file } = request;
  return (
    commands[suite.runner]?.(request) ?? [
      "npx",
      "shardwright",
      "run",
      "--runner",
      suite.runner,
      "--test-dir",
      file,
      "--workers=1",
    ]
  );
}

/** The words by which the project calls the framework. */
function start({ command }: ReportSuite, usual: readonly string[]): readonly string[] {
  return command ?? usual;
}

/** A regular expression for the whole name of one test: its titles with a space between them. */
function fullName(path: readonly string[]): string {
  return `^${pattern(path.join(" "))}$`;
}

/** A text as a regular expression, in what JavaScript, Go and Python's have in common. */
function pattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

function textOption({ options }: ReportSuite, name: string): string | undefined {
  const value = options[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function option(suite: ReportSuite, name: string, flag: string): readonly string[] {
  const value = textOption(suite, name);
  return value === undefined || suite.command !== undefined ? [] : [flag, value];
}

/** The arguments that a suite is configured with; the command by which it is called has them already. */
function optionWords({ options, command }: ReportSuite): readonly string[] {
  const { args } = options;
  return command === undefined && Array.isArray(args) ? args.filter((word) => typeof word === "string") : [];
}

function pythonOf(suite: ReportSuite): string {
  return textOption(suite, "python") ?? "python3";
}

/** A project that has no name of its own is called by its folder, which jest does not know it by. */
function jestProject(args: readonly string[]): readonly string[] {
  const name = args.flatMap((word) => /^--project=(.*)$/s.exec(word)?.[1] ?? []).at(0);
  return name === undefined || name === "." || name.includes("/") ? [] : [`--selectProjects=${name}`];
}

const goValued = new Set(["tags", "timeout", "cpu", "parallel", "ldflags", "gcflags", "asmflags", "mod", "modfile", "p", "exec"]);
const goChoices = /^--?(?:test\.)?(?:run|skip|bench|count|shuffle|coverprofile|json|list|fuzz)(?:=|$)/;

/** Without packages, and what chooses tests. */
function goFlags(words: readonly string[]): string[] {
  return words.flatMap((word, index) => {
    const before = /^--?([\w.]+)$/.exec(words[index - 1] ?? "")?.[1];
    if (before !== undefined && goValued.has(before)) return [word];
    return word.startsWith("-") && !goChoices.test(word) ? [word] : [];
  });
}

function commandWords({ options }: ReportSuite, file: string, args: readonly string[]): readonly string[] {
  const { command } = options;
  const words = Array.isArray(command) ? command.filter((word) => typeof word === "string") : textWords(command);
  return words.flatMap((word) => {
    if (word === "{args}") return args;
    if (word === "{files}") return [file];
    return [word.replaceAll("{file}", file).replaceAll("{junit}", "junit.xml")];
  });
}

/** A line that holds nothing which a shell would read otherwise is split where its spaces are; any other is given to a shell as it is. */
function textWords(command: unknown): readonly string[] {
  if (typeof command !== "string") return ["{file}"];
  return /["'\\$`]/.test(command) ? ["sh", "-c", command] : command.split(/\s+/).filter((word) => word !== "");
}
