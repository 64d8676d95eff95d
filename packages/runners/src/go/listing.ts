import { relative, sep } from "node:path";
import { reasonOf, ShardwrightError } from "@shardwright/core";
import { z } from "zod";
import { runGo } from "./run-go.ts";
import type { Toolchain } from "./toolchain.ts";

const names = z.array(z.string()).default([]);

/** What `go list` says of a package. */
const packageSchema = z.object({
  Dir: z.string().default(""),
  ImportPath: z.string().default(""),
  Error: z.object({ Err: z.string() }).optional(),
  TestGoFiles: names,
  XTestGoFiles: names,
  InvalidGoFiles: names,
  GoFiles: names,
  CgoFiles: names,
  CFiles: names,
  CXXFiles: names,
  MFiles: names,
  HFiles: names,
  FFiles: names,
  SFiles: names,
  SwigFiles: names,
  SwigCXXFiles: names,
  SysoFiles: names,
  EmbedFiles: names,
  TestEmbedFiles: names,
  XTestEmbedFiles: names,
});
const fields = Object.keys(packageSchema.shape);

export interface GoPackage {
  readonly importPath: string;
  /** Relative to the suite's folder, with forward slashes; `.` for that folder itself. */
  readonly folder: string;
  /** Names of its test files that are part of the build under these flags, and of those that cannot be read. */
  readonly testFiles: readonly string[];
  /** All files of its own, relative to its folder, that its test binary is built from. */
  readonly sources: readonly string[];
  /** Why the go command cannot use it, if it cannot. */
  readonly problem: string | undefined;
}

/** Windows has room for 32,767 characters in a command line. */
const argumentsLimit = 24_000;

/** Flags of `go test` that `go list` does not know. */
const forTests = /^-(?:vet|cover|covermode|coverpkg|p|a)(?:=|$)/;

/**
 * The packages that the patterns stand for, whatever is wrong with them.
 * @param build flags for building
 * @throws ShardwrightError `discovery-failed`; the signal's reason when it is aborted
 */
export async function listPackages(
  toolchain: Toolchain,
  build: readonly string[],
  patterns: readonly string[],
  signal?: AbortSignal,
): Promise<GoPackage[]> {
  const flags = ["-e", "-find", `-json=${fields.join(",")}`, ...build.filter((flag) => !forTests.test(flag))];
  const found = new Map<string, GoPackage>();
  for (const chunk of chunksOf(patterns)) {
    const { output, problem } = await runGo(
      toolchain.program,
      ["list", ...flags, "--", ...chunk],
      toolchain.suite,
      toolchain.environment,
      signal,
    );
    if (problem !== undefined) throw failed(toolchain, problem);
    for (const one of parse(output, toolchain)) found.set(`${one.folder} ${one.importPath}`, one);
  }
  return [...found.values()];
}

/** Those without tests that the go command would build; what has no file for this system is none of them, as for a pattern with dots. */
export function untestedAmong(packages: readonly GoPackage[]): GoPackage[] {
  return packages.filter(({ testFiles, sources }) => testFiles.length === 0 && sources.length > 0);
}

/** The patterns of all packages of a suite: those of its module, and of the modules below its folder that its workspace uses. */
export async function allPatterns(toolchain: Toolchain, signal?: AbortSignal): Promise<string[]> {
  if (toolchain.gowork === undefined) return ["./..."];
  const { output, problem } = await runGo(
    toolchain.program,
    ["list", "-m", "-f", "{{.Dir}}"],
    toolchain.suite,
    toolchain.environment,
    signal,
  );
  if (problem !== undefined) throw failed(toolchain, problem);
  const modules = output.split(/\r?\n/).filter((line) => line !== "");
  const folders = modules.map((module) => insideSuite(toolchain.suite, module)).filter((folder) => folder !== undefined);
  const patterns = folders.map((folder) => (folder === "." ? "./..." : `./${folder}/...`));
  // The suite's folder may also lie within a module.
  const isWithin = modules.some((module) => insideSuite(module, toolchain.suite) !== undefined);
  return [...new Set([...(isWithin ? ["./..."] : []), ...patterns])];
}

function parse(output: string, toolchain: Toolchain): GoPackage[] {
  try {
    // One object after the other, each closed by a brace at the beginning of a line.
    return output
      .split(/(?<=^\})\r?\n?/m)
      .filter((text) => text.trim() !== "")
      .flatMap((text) => toPackage(packageSchema.parse(JSON.parse(text)), toolchain));
  } catch (error) {
    throw failed(toolchain, `go list said what cannot be read: ${reasonOf(error)}`);
  }
}

function toPackage(listed: z.infer<typeof packageSchema>, { suite }: Toolchain): GoPackage[] {
  const { Dir, ImportPath, Error: error, TestGoFiles, XTestGoFiles, InvalidGoFiles, ...other } = listed;
  const folder = Dir === "" ? undefined : insideSuite(suite, Dir);
  const problem = error?.Err;
  if (folder === undefined)
    // A pattern that stands for nothing, or for what lies elsewhere.
    return [
      {
        importPath: ImportPath,
        folder: "",
        testFiles: [],
        sources: [],
        problem: problem ?? "it lies outside the suite's folder",
      },
    ];
  const invalid = InvalidGoFiles.filter((file) => file.endsWith("_test.go"));
  const testFiles = [...new Set([...TestGoFiles, ...XTestGoFiles, ...invalid])].sort();
  const sources = [...new Set([...testFiles, ...InvalidGoFiles, ...Object.values(other).flat()])].sort();
  return [{ importPath: ImportPath, folder, testFiles, sources, problem }];
}

/** A path relative to a folder, with forward slashes, if it lies in it. */
function insideSuite(folder: string, path: string): string | undefined {
  const inside = relative(folder, path);
  if (inside === "") return ".";
  if (inside === ".." || inside.startsWith(`..${sep}`) || /^[A-Za-z]:/.test(inside)) return undefined;
  return inside.split(sep).join("/");
}

function chunksOf(patterns: readonly string[]): string[][] {
  const chunks: string[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const pattern of patterns) {
    if (length + pattern.length > argumentsLimit) {
      chunks.push([]);
      length = 0;
    }
    chunks.at(-1)?.push(pattern);
    length += pattern.length + 3;
  }
  return chunks;
}

function failed({ suite }: Toolchain, reason: string): ShardwrightError {
  return new ShardwrightError("discovery-failed", { framework: "go list", directory: suite, reason });
}
