import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { TestResult } from "@jest/test-result";
import type { Config } from "@jest/types";
import { coveragePartFile, coveragePartFolder, partPath, placedPath } from "../../coverage-parts.ts";
import type { JestPackages } from "./jest-packages.ts";
import type { CrawledProject } from "./search.ts";

interface SourceMap {
  readonly sources?: readonly string[];
}
/** What ran of a source as babel-plugin-istanbul counts it. */
interface CountedFile {
  readonly path: string;
  readonly inputSourceMap?: SourceMap | null;
}
type Counted = Readonly<Record<string, CountedFile>>;
/** What jest had made of a source: its code, the original one, before jest 30 the length of what it put in front; and the map's text. */
interface Made extends Readonly<Record<string, unknown>> {
  readonly map?: SourceMap;
}
/** What ran of a module as V8 knows it, and what jest had made of its source. */
interface RunModule {
  readonly result: { readonly url: string };
  readonly made?: Made;
}
/** What one file has covered. */
interface Part {
  readonly counted?: Counted;
  readonly modules?: readonly RunModule[];
}

/** What a report in text has at most, in characters: a line for each file. */
const textLimit = 1_000_000;

/**
 * Leaves what a file has covered, as jest's own reporter takes it.
 * @param result as jest-runner gives it; absent where nothing ran
 * @param kept the folder of what attempts leave
 */
export function keepCoverage(result: TestResult | undefined, workspace: string, kept: string): void {
  const folder = join(kept, coveragePartFolder);
  mkdirSync(folder, { recursive: true });
  const text = JSON.stringify(partOf(result, (path) => partPath(path, workspace)));
  writeFileSync(join(folder, coveragePartFile), gzipSync(text, { level: 1 }));
}

function partOf(result: TestResult | undefined, rename: (path: string) => string): Part {
  const modules = result?.v8Coverage?.map(({ codeTransformResult, result: ran }): RunModule => {
    const own = { ...ran, url: rename(ran.url) };
    if (codeTransformResult === undefined) return { result: own };
    const { sourceMapPath, ...made } = codeTransformResult;
    // The map is a file of jest's cache, which no other machine has.
    const map = typeof sourceMapPath === "string" ? readMap(sourceMapPath) : undefined;
    return { result: own, made: { ...made, ...(map !== undefined && { map: mapWithPaths(map, rename) }) } };
  });
  const counted = result?.coverage as Counted | undefined;
  return {
    ...(counted !== undefined && { counted: countedWithPaths(counted, rename) }),
    ...(modules !== undefined && { modules }),
  };
}

function readMap(path: string): SourceMap | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as SourceMap;
  } catch {
    // Jest goes on without, too.
    return undefined;
  }
}

export interface JoinOptions {
  readonly globalConfig: Config.GlobalConfig;
  readonly projects: readonly CrawledProject[];
  readonly workspace: string;
  /** The folder with what each file has covered. */
  readonly parts: string;
  /** A folder of ours for the time of this process. */
  readonly scratch: string;
}

/**
 * Makes jest's own report of the coverage of a whole run, with the files of `collectCoverageFrom` that no test has loaded, and holds it
 * against the thresholds.
 */
export async function joinCoverage(
  packages: JestPackages,
  { globalConfig, projects, workspace, parts, scratch }: JoinOptions,
): Promise<{ type: "covered"; text: string; isJudged: boolean; problems: string[] }> {
  const { CoverageReporter } = packages.get("@jest/reporters");
  const reporter = new CoverageReporter(globalConfig, {});
  const rename = (path: string) => placedPath(path, workspace);
  const mapped = new Set<string>();
  for (const name of readdirSync(parts).sort()) {
    const part = JSON.parse(gunzipSync(readFileSync(join(parts, name))).toString("utf8")) as Part;
    if (part.counted !== undefined) reporter.onTestResult({}, { coverage: countedWithPaths(part.counted, rename) });
    const v8Coverage = part.modules?.flatMap(({ result, made }) => {
      const url = rename(result.url);
      // Its text would be read: what a test has made is gone, and what a worker made is elsewhere.
      if (made?.map === undefined && !existsSync(url)) return [];
      // Jest takes that of the first file that has one.
      const isKnown = made === undefined || mapped.has(url);
      if (!isKnown) mapped.add(url);
      return [
        {
          result: { ...result, url },
          ...(isKnown ? {} : { codeTransformResult: withMapFile(made, rename, join(scratch, `map-${mapped.size}.json`)) }),
        },
      ];
    });
    if (v8Coverage !== undefined) reporter.onTestResult({}, { v8Coverage });
  }
  const text = await printedBy(async () => reporter.onRunComplete(projects, {}));
  const problems = (reporter.getLastError()?.message ?? "").split("\n").map((line) => line.replace(/^Jest: /, ""));
  const isJudged = Object.keys(globalConfig.coverageThreshold ?? {}).length > 0;
  return { type: "covered", text, isJudged, problems: problems.filter((problem) => problem !== "") };
}

function withMapFile({ map, ...made }: Made, rename: (path: string) => string, path: string): object {
  if (map === undefined) return { ...made, sourceMapPath: null };
  writeFileSync(path, JSON.stringify(mapWithPaths(map, rename)));
  return { ...made, sourceMapPath: path };
}

/** What this process prints meanwhile, which is then printed by another one. */
async function printedBy(work: () => Promise<void>): Promise<string> {
  let text = "";
  const streams = [process.stdout, process.stderr];
  const writes = streams.map((stream) => stream.write.bind(stream));
  for (const stream of streams)
    stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
      if (text.length < textLimit) text += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
      const done = rest.at(-1);
      if (typeof done === "function") process.nextTick(done);
      return true;
    };
  try {
    await work();
  } finally {
    for (const [index, stream] of streams.entries()) stream.write = writes[index] as typeof stream.write;
  }
  return text.trim();
}

function mapWithPaths(map: SourceMap, rename: (path: string) => string): SourceMap {
  // Others are relative to the file that the map is of.
  return map.sources === undefined ? map : { ...map, sources: map.sources.map(rename) };
}

function countedWithPaths(counted: Counted, rename: (path: string) => string): Counted {
  return Object.fromEntries(
    Object.entries(counted).map(([path, one]) => {
      const { inputSourceMap: map } = one;
      const renamed = {
        ...one,
        path: rename(one.path),
        ...(map !== undefined && map !== null && { inputSourceMap: mapWithPaths(map, rename) }),
      };
      return [rename(path), renamed];
    }),
  );
}
