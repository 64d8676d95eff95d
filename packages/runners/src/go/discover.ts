import { stat } from "node:fs/promises";
import { join, posix } from "node:path";
import { isInsideWorkspace, ShardwrightError } from "@shardwright/core";
import type { DiscoveredFile, Discovery, DiscoveryRequest, Selection } from "../runner.ts";
import { selectFiles } from "../selection/select-files.ts";
import { announcePackages } from "./builders.ts";
import type { GoLine } from "./go-line.ts";
import { allPatterns, type GoPackage, listPackages, untestedAmong } from "./listing.ts";
import { parseGoOptions, readGoLine } from "./options.ts";
import { toTaskArguments, toUntestedArguments } from "./task-arguments.ts";
import { findToolchain, type Toolchain } from "./toolchain.ts";

/** A task has room for so many arguments. */
const argumentsLimit = 256;

interface Found {
  /** What the packages were asked for by, but for globs of test files. */
  readonly patterns: readonly string[];
  readonly packages: readonly GoPackage[];
  /** Test files that are to run, relative to the suite's folder. */
  readonly chosen: ReadonlySet<string>;
}

/** Every package that has tests is a task, named by its folder. */
export async function discoverGo(request: DiscoveryRequest): Promise<Discovery> {
  const options = parseGoOptions(request.options);
  const { selection, signal, directory } = request;
  const toolchain = await findToolchain(request, options.go, request.environment, signal);
  const line = readGoLine(options, toolchain.flags);
  const { packages, chosen, patterns } = await find(toolchain, line, selection, signal);
  const tasks = packages.flatMap((one) => taskOf(one, chosen, directory));
  announcePackages({ toolchain, args: options.args, build: line.build }, await largestFirst(packages, toolchain.suite));
  const files = tasks.map(({ task }) => task).sort((left, right) => (left.file < right.file ? -1 : 1));
  const rest = files.length === 0 ? [] : untestedTask(packages, patterns, selection, directory);
  return { files: [...files, ...rest], options: request.options };
}

/**
 * `go test` builds and vets packages without tests, too, and fails where that fails: one task for all of them. A selection of files or folders
 * is of tests alone.
 */
function untestedTask(
  packages: readonly GoPackage[],
  patterns: readonly string[],
  { directories, excludes }: Selection,
  directory: string,
): DiscoveredFile[] {
  const untested = untestedAmong(packages);
  if (untested.length === 0 || patterns.length > argumentsLimit || directories.length > 0 || excludes.length > 0) return [];
  const sources = untested.flatMap(({ folder, sources: own }) => own.map((source) => posix.join(directory, folder, source)));
  return [{ file: directory, variant: "packages without tests", sources, args: toUntestedArguments(patterns) }];
}

/** Patterns of the selection are the go command's (`./internal/...`) or globs of test files; without any, the suite's own ones hold. */
async function find(toolchain: Toolchain, line: GoLine, selection: Selection, signal: AbortSignal | undefined): Promise<Found> {
  const { suite } = toolchain;
  const globs = selection.patterns.filter((pattern) => !isGoPattern(pattern));
  const named = selection.patterns.length > 0 ? selection.patterns.filter(isGoPattern) : line.packages;
  const patterns = selection.patterns.length > 0 || named.length > 0 ? named : await allPatterns(toolchain, signal);
  const byPattern = patterns.length === 0 ? [] : await listPackages(toolchain, line.build, patterns, signal);
  refuseBroken(byPattern, patterns, suite);
  const testFiles = byPattern.flatMap(({ folder, testFiles: files }) => files.map((file) => posix.join(folder, file)));
  const chosen = await selectFiles(suite, testFiles, { ...selection, patterns: [] });
  if (globs.length === 0) return { packages: byPattern, chosen: new Set(chosen), patterns };
  const matched = (await selectFiles(suite, [], { ...selection, patterns: globs })).filter((file) => file.endsWith("_test.go"));
  const folders = [...new Set(matched.map((file) => posix.dirname(file)))].filter(
    (folder) => !byPattern.some((one) => one.folder === folder),
  );
  const byGlob =
    folders.length === 0
      ? []
      : await listPackages(
          toolchain,
          line.build,
          folders.map((folder) => (folder === "." ? "." : `./${folder}`)),
          signal,
        );
  return { packages: [...byPattern, ...byGlob], chosen: new Set([...chosen, ...matched]), patterns: [] };
}

function isGoPattern(pattern: string): boolean {
  return pattern.includes("...");
}

/** What the user named must be there, and be of this suite. */
function refuseBroken(packages: readonly GoPackage[], patterns: readonly string[], suite: string): void {
  const namesEach = !patterns.some(isGoPattern);
  const broken = packages.find(
    ({ folder, problem, testFiles }) => folder === "" || (namesEach && problem !== undefined && testFiles.length === 0),
  );
  if (broken === undefined) return;
  const reason = `${broken.importPath}: ${broken.problem ?? "it cannot be used"}`;
  throw new ShardwrightError("discovery-failed", { framework: "go list", directory: suite, reason });
}

function taskOf(
  { folder, testFiles, sources }: GoPackage,
  chosen: ReadonlySet<string>,
  directory: string,
): { task: DiscoveredFile }[] {
  const wanted = testFiles.filter((file) => chosen.has(posix.join(folder, file)));
  if (wanted.length === 0) return [];
  const file = posix.join(directory, folder);
  if (!isInsideWorkspace(file)) throw new ShardwrightError("path-outside-workspace", { path: file });
  const isWhole = wanted.length === testFiles.length;
  if (!isWhole && wanted.length > argumentsLimit)
    throw new ShardwrightError("usage", {
      problem: `The selection takes ${wanted.length} of the ${testFiles.length} test files of ${file}; ${argumentsLimit} can be named.`,
      remedy: "Select the package as a whole, or fewer of its files.",
    });
  return [
    {
      task: {
        file,
        sources: sources.map((source) => posix.join(file, source)),
        ...(isWhole ? {} : { args: toTaskArguments(wanted) }),
      },
    },
  ];
}

/** Folders of packages with tests: what is large is dealt first where nothing else is known, and takes longest to build. */
async function largestFirst(packages: readonly GoPackage[], suite: string): Promise<string[]> {
  const sized = await Promise.all(
    packages
      .filter(({ testFiles }) => testFiles.length > 0)
      .map(async ({ folder, sources }) => {
        const sizes = await Promise.all(
          sources.map((file) =>
            stat(join(suite, folder, file)).then(
              ({ size }) => size,
              () => 0,
            ),
          ),
        );
        return { folder, size_bytes: sizes.reduce((sum, size) => sum + size, 0) };
      }),
  );
  return sized.sort((left, right) => right.size_bytes - left.size_bytes).map(({ folder }) => folder);
}
