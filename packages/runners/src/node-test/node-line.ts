import { type MeasuringTool, measuringWords } from "../command/measuring-words.ts";
import { assignmentsIn } from "../command/scripts.ts";

/** What a command line that calls `node --test` asks for. */
export interface NodeLine {
  /** Options for the process of each file; values joined to their names. */
  readonly args: string[];
  /** What it names to be run: patterns or paths. */
  readonly patterns: string[];
  /** What it asks for that would change the verdict and is not done here. */
  readonly unmet: "shared-process"[];
  /** Where it asks for Node's own coverage: the options that are about it, with where it is written in another form than for people. */
  readonly coverage?: readonly string[];
}

export interface NodeTestScript extends NodeLine {
  readonly environment: Record<string, string>;
  /** What measures its coverage. */
  readonly tool?: MeasuringTool;
}

/** Options that take the next word as their value when no `=` is there. */
const valued = new Set(
  `--import --require --loader --experimental-loader --conditions --env-file --env-file-if-exists --test-name-pattern
   --test-skip-pattern --test-timeout --test-concurrency --test-reporter --test-shard --test-reporter-destination
   --test-isolation --experimental-test-isolation --test-global-setup --watch-path --test-rerun-failures
   --test-random-seed --test-coverage-include --test-coverage-exclude --title --test-coverage-lines
   --test-coverage-branches --test-coverage-functions --disable-warning --input-type --max-old-space-size
   --stack-trace-limit --unhandled-rejections --experimental-config-file --icu-data-dir`.split(/\s+/),
);

const long: Readonly<Record<string, string>> = { "-r": "--require", "-C": "--conditions" };

/**
 * What is for a run as a whole, and so not for the process of one file: files are dealt and results reported by us, coverage of a
 * single file says nothing, and snapshots are compared, never written.
 */
const forTheRun =
  /^--(?:test|watch(?:-.+)?|test-(?:concurrency|shard|reporter|reporter-destination|isolation|rerun-failures|update-snapshots|randomize|random-seed|coverage-.+)|experimental-test-(?:isolation|coverage))$/;

/** @param words what follows `node` on its command line, split already */
export function parseNodeLine(words: readonly string[]): NodeLine {
  const args: string[] = [];
  const patterns: string[] = [];
  const unmet = new Set<NodeLine["unmet"][number]>();
  const all: [name: string, value: string | undefined][] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    if (word === "--") {
      patterns.push(...words.slice(index + 1));
      break;
    }
    if (!word.startsWith("-")) {
      patterns.push(word);
      continue;
    }
    const [, short = word, joined] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
    const name = long[short] ?? short;
    const value = joined ?? (valued.has(name) ? words[(index += 1)] : undefined);
    all.push([name, value]);
    if (/^--(?:experimental-)?test-isolation$/.test(name) && value === "none") unmet.add("shared-process");
    if (!forTheRun.test(name)) args.push(value === undefined ? name : `${name}=${value}`);
  }
  const isMeasured = all.some(([name]) => name === "--experimental-test-coverage");
  return { args, patterns, unmet: [...unmet], ...(isMeasured && { coverage: coverageOptionsIn(all) }) };
}

function coverageOptionsIn(all: readonly (readonly [name: string, value: string | undefined])[]): string[] {
  const own = all.filter(([name]) => name.startsWith("--test-coverage-") || name === "--enable-source-maps");
  const valuesOf = (option: string) => all.flatMap(([name, value]) => (name === option ? [value ?? ""] : []));
  const destinations = valuesOf("--test-reporter-destination");
  // Other reporters tell of tests.
  const reports = valuesOf("--test-reporter").flatMap((reporter, index) =>
    reporter === "lcov" ? ["--test-reporter=lcov", `--test-reporter-destination=${destinations[index] ?? "stdout"}`] : [],
  );
  return [...own.map(([name, value]) => (value === undefined ? name : `${name}=${value}`)), ...reports];
}

/** What a command says, if it calls `node --test`, or `tsx --test`, which is node with one thing imported. */
export function nodeTestIn(line: readonly string[]): NodeTestScript | undefined {
  const { tool, end } = measuringWords(line) ?? { end: 0 };
  const command = line.slice(end);
  const node = command.findIndex((word) => /^(?:.*[/\\])?(?:node(?:\.exe)?|tsx(?:\.cmd)?)$/.test(word));
  const rest = command.slice(node + 1);
  if (node === -1 || !rest.includes("--test") || rest[0] === "watch") return undefined;
  const words = /tsx(?:\.cmd)?$/.test(command[node] ?? "") ? ["--import=tsx", ...rest] : rest;
  return {
    ...parseNodeLine(words),
    environment: assignmentsIn([...line.slice(0, end), ...command.slice(0, node)]),
    ...(tool !== undefined && { tool }),
  };
}
