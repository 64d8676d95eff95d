import { reasonOf } from "@shardwright/core";
import { startChild } from "../process/child.ts";
import { levelsOf, type TestFlags } from "./test-patterns.ts";

export interface TopLevelRequest {
  readonly binary: string;
  /** The package's folder, absolute. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What the suite and the task ask for. */
  readonly flags: TestFlags;
  /** The program that test binaries are run with. */
  readonly exec: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

const timeout_ms = 60_000;
const outputLimit = 16 * 1024 * 1024;
const order = ["Test", "Fuzz", "Example", "Benchmark"];

/**
 * The names of a package's tests, fuzz tests and examples, in the order in which they run, and of its benchmarks where they are asked
 * for. Asks the binary, whose TestMain runs for it.
 * @throws Error with what the binary said when it cannot list them
 */
export async function listTopLevel({ binary, folder, environment, flags, exec, signal }: TopLevelRequest): Promise<string[]> {
  const run = patternOf(flags, "run") ?? ".";
  const bench = patternOf(flags, "bench");
  const tests = await list(run);
  const benchmarks =
    bench === undefined ? [] : (bench === run ? tests : await list(bench)).filter((name) => name.startsWith("Benchmark"));
  const kind = (name: string) => order.findIndex((prefix) => name.startsWith(prefix));
  const plain = tests.filter((name) => !name.startsWith("Benchmark"));
  return [...new Set([...plain.toSorted((left, right) => kind(left) - kind(right)), ...benchmarks])];

  async function list(pattern: string): Promise<string[]> {
    let output = "";
    const [command, ...args] = [...exec, binary, `-test.list=${pattern === "" ? "." : pattern}`];
    const child = startChild({
      command,
      args,
      cwd: folder,
      environment,
      guarded: true,
      onOutput: (chunk) => {
        if (output.length < outputLimit) output += Buffer.from(chunk).toString("utf8");
      },
    });
    const stop = () => void child.stop(0);
    const timer = setTimeout(stop, timeout_ms);
    signal?.addEventListener("abort", stop, { once: true });
    const exit = await child.exited;
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    signal?.throwIfAborted();
    if (exit.code !== 0)
      throw new Error(
        `The test binary could not list its tests: ${exit.error === undefined ? output.trim().slice(-2000) : reasonOf(exit.error)}`,
      );
    // A TestMain may print, too.
    return output.split(/\r?\n/).filter((line) => /^(?:Test|Fuzz|Example|Benchmark)[\p{L}\p{N}_]*$/u.test(line));
  }
}

/** What of a pattern is for top-level names. @throws Error where that cannot be told */
function patternOf(flags: TestFlags, flag: "run" | "bench"): string | undefined {
  const pattern = flags.get(flag);
  if (pattern === undefined) return undefined;
  const levels = levelsOf(pattern);
  if (levels === undefined)
    throw new Error(`-${flag}=${pattern} has alternatives of several levels: its tests cannot be run in groups`);
  return levels.first;
}
