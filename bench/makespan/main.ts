import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { median } from "@shardwright/core";
import { hasProgram, pythonWith, runTogether, shardwright } from "../commands.ts";
import { installShardwright } from "../installed.ts";
import { type Means, oursIn, ownMeans, workers } from "./means.ts";
import { type SuiteFramework, type SuiteShape, generateSuite } from "./suite.ts";

const frameworks: readonly SuiteFramework[] = ["pytest", "vitest", "jest", "node-test", "mocha", "playwright", "go"];

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
      overhead: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(
      `Usage: npm run bench -- makespan [--framework ${frameworks.join("|")}]… [--seed N]… [--passes N] [--python PROGRAM] [--heavy|--overhead] [--sources]`,
    );
    return true;
  }
  const chosen = values.framework.map(readFramework);
  const { overhead, heavy, python } = values;
  if (overhead && heavy) throw wrong("--heavy and --overhead ask for different suites");
  const shapes: readonly SuiteShape[] = overhead ? ["even", "skewed"] : heavy ? ["heavy"] : ["skewed"];
  const seeds = values.seed.map((text) => readNumber("--seed", text, 0));
  const passes = readNumber("--passes", values.passes, 1);
  const installed = values.sources ? undefined : installShardwright();
  const program = installed?.shardwright ?? shardwright;
  try {
    let good = true;
    for (const framework of frameworks.filter((name) => chosen.includes(name)))
      for (const seed of seeds)
        for (const shape of shapes) good = (await measure({ framework, seed, passes, python, shape, overhead, program })) && good;
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
  readonly shape: SuiteShape;
  /** Only the framework's own process is measured beside ours. */
  readonly overhead: boolean;
  readonly program: string;
}

async function measure({ framework, seed, passes, python: preferred, shape, overhead, program }: Plan): Promise<boolean> {
  const root = mkdtempSync(join(tmpdir(), "makespan-"));
  try {
    const directory = join(root, "suite");
    const suite = generateSuite({ framework, directory, seed, shape });
    const share_ms = suite.total_ms / workers;
    const ideal_ms = shape === "heavy" ? share_ms : Math.max(suite.longest_ms, share_ms);
    const python = framework === "pytest" ? pythonWith(["pytest"], preferred) : undefined;
    if (framework === "pytest" && python === undefined) {
      console.log("pytest: no Python with pytest was found, so nothing was measured; name one with --python.\n");
      return false;
    }
    console.log(
      `${framework}, ${shape}, seed ${seed}: ${suite.files.length} files, ${seconds(suite.total_ms)} in all, ideal on ${workers} workers ${seconds(ideal_ms)}`,
    );
    if (framework === "go" && !hasProgram("go", ["version"])) {
      console.log("go: no go command was found on the path.\n");
      return true;
    }
    const files = suite.files.map(({ file }) => file);
    const own = ownMeans(framework, directory, files, python).slice(overhead ? -1 : 0);
    if (overhead && own.length === 0) {
      console.log("pytest: that Python has no pytest-xdist, so there is nothing to measure beside.\n");
      return false;
    }
    const commands = [oursIn(framework, directory, python, program)];
    const first = await time({ title: "shardwright, no history", commands });
    const learned = { title: "shardwright, with the history of earlier runs", commands };
    const times = new Map<Means, number[]>([...own, learned].map((means) => [means, []]));
    for (let pass = 0; pass < passes; pass += 1) for (const [means, walls_ms] of times) walls_ms.push(await time(means));
    const ratios = [...times].map(([{ title }, walls_ms]) => show(title, walls_ms, ideal_ms));
    show("shardwright, no history", [first], ideal_ms);
    return judge({ framework, shape, overhead }, ratios.slice(0, -1), ratios.at(-1) ?? Number.NaN);
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

/** What we hold ourselves to; a miss fails the benchmark. */
function judge(
  { framework, shape, overhead }: Pick<Plan, "framework" | "shape" | "overhead">,
  own: readonly number[],
  ours: number,
): boolean {
  const say = (holds: boolean, what: string) => {
    console.log(`  ${holds ? "✓" : "✗"} ${what}`);
    return holds;
  };
  if (overhead) {
    const ratio = ours / (own.at(-1) ?? Number.NaN);
    const good =
      shape === "even"
        ? say(ratio <= 1.05, `at most 5% longer than the framework alone: ${ratio.toFixed(2)} ×`)
        : say(ratio < 1, `shorter than the framework alone: ${ratio.toFixed(2)} ×`);
    console.log("");
    return good;
  }
  const most = shape === "heavy" ? 1.15 : framework === "pytest" ? 1.08 : undefined;
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
