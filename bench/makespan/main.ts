import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { median } from "@shardwright/core";
import {
  type Command,
  hasProgram,
  jest,
  mocha,
  playwright,
  pythonWith,
  runTogether,
  shardwright,
  vitest,
  withPath,
} from "../commands.ts";
import { installShardwright } from "../installed.ts";
import { type SuiteFramework, generateSuite } from "./suite.ts";

const workers = 4;
const frameworks: readonly SuiteFramework[] = ["pytest", "vitest", "jest", "node-test", "mocha", "playwright", "go"];

interface Means {
  readonly title: string;
  readonly commands: readonly Command[];
}

/**
 * Wall time of whole commands, from their start to their exit, against `max(longest, total / workers)`: the median of some passes, in each
 * of which all take their turn. Ours is the program as it would be installed from npm.
 */
export async function makespan(args: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args,
    options: {
      framework: { type: "string", multiple: true, default: [...frameworks] },
      seed: { type: "string", multiple: true, default: ["1"] },
      python: { type: "string" },
      passes: { type: "string", default: "3" },
      sources: { type: "boolean", default: false },
      heavy: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(
      `Usage: npm run bench -- makespan [--framework ${frameworks.join("|")}]… [--seed N]… [--passes N] [--python PROGRAM] [--heavy] [--sources]`,
    );
    return true;
  }
  const chosen = values.framework.map(readFramework);
  const seeds = values.seed.map((text) => readNumber("--seed", text, 0));
  const passes = readNumber("--passes", values.passes, 1);
  const installed = values.sources ? undefined : installShardwright();
  const program = installed?.shardwright ?? shardwright;
  try {
    let good = true;
    for (const framework of frameworks.filter((name) => chosen.includes(name)))
      for (const seed of seeds)
        good = (await measure({ framework, seed, passes, python: values.python, heavy: values.heavy, program })) && good;
    return good;
  } finally {
    installed?.remove();
  }
}

function readFramework(text: string): SuiteFramework {
  const framework = frameworks.find((name) => name === text);
  if (framework === undefined) throw wrong(`--framework is one of ${frameworks.join(", ")}, not ${text}`);
  return framework;
}

function readNumber(flag: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least || text.trim() === "")
    throw wrong(`${flag} is a whole number from ${least}, not ${text}`);
  return value;
}

/** As `parseArgs` refuses what it does not know. */
function wrong(message: string): TypeError {
  return Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_VALUE" });
}

interface Plan {
  readonly framework: SuiteFramework;
  readonly seed: number;
  readonly passes: number;
  readonly python: string | undefined;
  /** One file holds 40% of the time, in 200 cases. */
  readonly heavy: boolean;
  readonly program: string;
}

async function measure({ framework, seed, passes, python: preferred, heavy, program }: Plan): Promise<boolean> {
  const root = mkdtempSync(join(tmpdir(), "makespan-"));
  try {
    const directory = join(root, "suite");
    const suite = generateSuite({ framework, directory, seed, heavy });
    const share_ms = suite.total_ms / workers;
    const ideal_ms = heavy ? share_ms : Math.max(suite.longest_ms, share_ms);
    const python = framework === "pytest" ? pythonWith(["pytest"], preferred) : undefined;
    if (framework === "pytest" && python === undefined) {
      console.log("pytest: no Python with pytest was found, so nothing was measured; name one with --python.\n");
      return false;
    }
    console.log(
      `${framework}, seed ${seed}: ${suite.files.length} files, ${seconds(suite.total_ms)} in all, ideal on ${workers} workers ${seconds(ideal_ms)}`,
    );
    if (framework === "go" && !hasProgram("go", ["version"])) {
      console.log("go: no go command was found on the path.\n");
      return true;
    }
    const files = suite.files.map(({ file }) => file);
    const own = ownMeans(framework, directory, files, python);
    const commands = [oursIn(framework, directory, python, program)];
    const first = await time({ title: "shardwright, no history", commands });
    const learned = { title: "shardwright, with the history of earlier runs", commands };
    const times = new Map<Means, number[]>([...own, learned].map((means) => [means, []]));
    for (let pass = 0; pass < passes; pass += 1) for (const [means, walls_ms] of times) walls_ms.push(await time(means));
    const ratios = [...times].map(([{ title }, walls_ms]) => show(title, walls_ms, ideal_ms));
    show("shardwright, no history", [first], ideal_ms);
    return judge({ framework, heavy }, ratios.slice(0, -1), ratios.at(-1) ?? Number.NaN);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function time({ title, commands }: Means): Promise<number> {
  const { wall_ms, code, output } = await runTogether(commands);
  if (code !== 0) throw new Error(`${title} ended with ${code}:\n${output.slice(-2000)}`);
  return wall_ms;
}

/** @returns the median as a multiple of the ideal */
function show(title: string, walls_ms: readonly number[], ideal_ms: number): number {
  const middle_ms = median(walls_ms) ?? Number.NaN;
  const all = walls_ms.length > 1 ? `  (${walls_ms.map((wall_ms) => (wall_ms / ideal_ms).toFixed(3)).join(", ")})` : "";
  console.log(`  ${title.padEnd(46)} ${seconds(middle_ms).padStart(8)}  ${(middle_ms / ideal_ms).toFixed(3)} × ideal${all}`);
  return middle_ms / ideal_ms;
}

function ownMeans(framework: SuiteFramework, cwd: string, files: readonly string[], python: string | undefined): Means[] {
  const four = (commandOf: (index: number) => Pick<Command, "program" | "args">) =>
    Array.from({ length: workers }, (_, index) => ({ cwd, ...commandOf(index + 1) }));
  const node = process.execPath;
  switch (framework) {
    case "pytest": {
      const program = python ?? "python3";
      if (pythonWith(["xdist"], program) === undefined) return [];
      return ["load", "loadfile"].map((dist) => ({
        title: `pytest -n ${workers} --dist ${dist}`,
        commands: [
          { program, args: ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", String(workers), "--dist", dist], cwd },
        ],
      }));
    }
    case "vitest":
      link(dirname(vitest), cwd);
      return [
        {
          title: `vitest --shard × ${workers}`,
          commands: four((index) => ({ program: node, args: [vitest, "run", `--shard=${index}/${workers}`, "--maxWorkers=1"] })),
        },
        {
          title: `vitest, one process, ${workers} workers`,
          commands: [{ program: node, args: [vitest, "run", `--maxWorkers=${workers}`], cwd }],
        },
      ];
    case "jest":
      link(dirname(dirname(jest)), cwd);
      return [
        {
          title: `jest --shard × ${workers}`,
          commands: four((index) => ({ program: node, args: [jest, "--ci", `--shard=${index}/${workers}`, "--maxWorkers=1"] })),
        },
        {
          title: `jest, one process, ${workers} workers`,
          commands: [{ program: node, args: [jest, "--ci", `--maxWorkers=${workers}`], cwd }],
        },
      ];
    case "playwright": {
      link(dirname(playwright), cwd, "@playwright/test");
      const program = join("node_modules", "@playwright", "test", "cli.js");
      return [
        {
          title: `playwright --shard × ${workers}`,
          commands: four((index) => ({
            program: node,
            // Each in a folder of its own, away from the tests: they would empty each other's, while others look for tests in there.
            args: [
              program,
              "test",
              `--shard=${index}/${workers}`,
              "--workers=1",
              `--output=../output-${index}`,
              "--reporter=dot",
            ],
          })),
        },
        {
          title: `playwright, one process, ${workers} workers`,
          commands: [{ program: node, args: [program, "test", `--workers=${workers}`, "--reporter=dot"], cwd }],
        },
      ];
    }
    case "node-test":
      return [
        {
          title: `node --test-shard × ${workers}`,
          commands: four((index) => ({
            program: node,
            args: ["--test", `--test-shard=${index}/${workers}`, "--test-concurrency=1"],
          })),
        },
        {
          title: `node --test, one process, concurrency ${workers}`,
          commands: [{ program: node, args: ["--test", `--test-concurrency=${workers}`], cwd }],
        },
      ];
    case "mocha": {
      link(dirname(dirname(mocha)), cwd);
      const program = join("node_modules", "mocha", "bin", "mocha.js");
      return [
        {
          // It has no shards of its own.
          title: `mocha, every ${workers}th file, × ${workers}`,
          commands: four((index) => ({
            program: node,
            args: [program, ...files.filter((_, place) => place % workers === index - 1)],
          })),
        },
        {
          title: `mocha --parallel, one process, ${workers} jobs`,
          commands: [{ program: node, args: [program, "--parallel", `--jobs=${workers}`, "*.spec.js"], cwd }],
        },
      ];
    }
    case "go": {
      const packages = files.map((file) => `./${dirname(file)}`);
      const share = (index: number) => packages.filter((_, place) => place % workers === index - 1);
      return [
        {
          title: `go test -p 1, every ${workers}th package, × ${workers}`,
          commands: four((index) => ({ program: "go", args: ["test", "-count=1", "-p=1", ...share(index)] })),
        },
        {
          title: `go test -p ${workers} ./...`,
          commands: [{ program: "go", args: ["test", "-count=1", `-p=${workers}`, "./..."], cwd }],
        },
      ];
    }
  }
}

function oursIn(framework: SuiteFramework, cwd: string, python: string | undefined, program: string): Command {
  const args = [program, "run", "--runner", framework, "--workers", String(workers), "--report-formats", "json"];
  // The runner takes the first Python of the path, as a user's shell does.
  const environment = python === undefined ? {} : python.includes("/") ? withPath(dirname(python)) : {};
  return { program: process.execPath, args, cwd, environment };
}

/** Installs a package in the suite's folder. */
function link(installed: string, directory: string, name = basename(installed)): void {
  const place = join(directory, "node_modules", name);
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(installed, place, "dir");
}

/** What we hold ourselves to; a miss fails the benchmark. */
function judge({ framework, heavy }: Pick<Plan, "framework" | "heavy">, own: readonly number[], ours: number): boolean {
  const say = (holds: boolean, what: string) => {
    console.log(`  ${holds ? "✓" : "✗"} ${what}`);
    return holds;
  };
  const most = heavy ? 1.15 : framework === "pytest" ? 1.08 : undefined;
  if (most !== undefined) {
    const good = say(ours <= most, `at most ${most} × ideal: ${ours.toFixed(3)}`);
    console.log("");
    return good;
  }
  const [shards = Number.NaN, oneProcess = Number.NaN] = own;
  const good = [
    say(ours <= 0.8 * shards, `at least 20% shorter than shards × ${workers}: ${(100 * (1 - ours / shards)).toFixed(0)}%`),
    say(ours <= oneProcess, `no longer than one process: ${(ours / oneProcess).toFixed(2)} ×`),
  ].every(Boolean);
  console.log("");
  return good;
}

function seconds(duration_ms: number): string {
  return `${(duration_ms / 1000).toFixed(2)} s`;
}
