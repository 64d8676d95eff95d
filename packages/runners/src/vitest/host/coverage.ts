import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire, findPackageJSON } from "node:module";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";

import type { Vitest } from "vitest/node";
import { coveragePartFile, coveragePartFolder, partPath, placedPath } from "../../coverage-parts.ts";
import { sendToParent } from "../../process/host-channel.ts";
import { exitCode } from "./close-vitest.ts";
import { Remapped, times, type CoveredFile, type Remap } from "./remapped.ts";

/** Istanbul's own class. */
interface CoverageMap {
  files(): string[];
  fileCoverageFor(path: string): { toJSON(): CoveredFile | { data: CoveredFile } };
  merge(other: unknown): void;
  filter(keeps: (path: string) => boolean): void;
}

interface Options {
  reporter: unknown[];
  thresholds?: object | undefined;
  /** Only files that have changed since then count. */
  readonly changed?: unknown;
  cleanOnRerun: boolean;
  readonly reportOnFailure?: boolean;
}

/** What both of vitest's own providers have in common. */
interface Provider {
  resolveOptions(): Options;
  createCoverageMap(): CoverageMap;
  /** What this process has measured, and the files of the configuration that it has not. */
  generateCoverage(of: { allTestsRun: boolean }): Promise<CoverageMap>;
  /** @param tested paths */
  getUntestedFiles?(tested: readonly string[]): Promise<string[]>;
  mergeReports(maps: readonly unknown[]): Promise<void>;
  /** Finds out which files have changed. */
  onTestRunStart?(specifications: readonly unknown[]): Promise<void>;
  isIncluded?(path: string): boolean;
  /** Removes what it has only to measure, and the lock on the folder of its reports. */
  cleanAfterRun?(): Promise<void>;
  /** Of the one that asks V8, since vitest 4: what ran of a module, by where its source has it. */
  remapCoverage?: Remap;
}

/** Where attempts leave what is kept of them; without it nothing is measured. */
export const kept = process.env["SHARDWRIGHT_ARTIFACTS_DIR"];

/**
 * Where this process measures: beside others, each of which would empty a folder that they shared. It goes with the worker's own folder, also
 * where this process is killed.
 */
export const scratch = `${kept}.coverage-${process.pid}`;

/** What the project asks for, and what stands against it here. */
export function coverageWanted({ config }: Vitest, directory: string): { enabled: boolean; obstacle?: string } {
  const { enabled, provider = "v8" } = config.coverage as { enabled: boolean; provider?: string };
  if (!enabled) return { enabled };
  if (provider !== "v8" && provider !== "istanbul")
    return { enabled, obstacle: "is measured by a provider of the project's own, whose parts only that could join" };
  const name = `@vitest/coverage-${provider}`;
  // Package managers may put it where only vitest finds it.
  const vitest = createRequire(join(directory, "package.json")).resolve("vitest/node");
  if ([join(directory, "package.json"), vitest].some((from) => isFoundFrom(from, name))) return { enabled };
  throw new Error(`Coverage is to be measured, and ${name} is not installed: \`npm install --save-dev ${name}\`.`);
}

function isFoundFrom(path: string, name: string): boolean {
  try {
    return findPackageJSON(name, path) !== undefined;
  } catch {
    return false;
  }
}

/** Keeps what each file covered, in the folder of what its attempt leaves: a line for each of the sources. */
export class CoverageParts {
  readonly #workspace: string;
  readonly #folder: string;
  readonly #provider: Provider;
  readonly #remapped = new Remapped();
  #covered: CoverageMap | undefined;

  private constructor(provider: Provider, workspace: string, folder: string) {
    this.#provider = provider;
    this.#workspace = workspace;
    this.#folder = folder;
  }

  /** @param folder of what attempts leave */
  static async begin(vitest: Vitest, workspace: string, folder: string): Promise<CoverageParts | undefined> {
    const provider = await providerOf(vitest);
    if (provider === undefined) return undefined;
    // Of one file no report is made, and nothing is asked.
    Object.assign(provider.resolveOptions(), { reporter: [], thresholds: undefined, cleanOnRerun: true });
    const parts = new CoverageParts(provider, workspace, join(folder, coveragePartFolder));
    if (provider.remapCoverage?.length === 4)
      provider.remapCoverage = parts.#remapped.remembering(provider.remapCoverage.bind(provider));
    return parts;
  }

  close(): Promise<void> {
    return release(this.#provider);
  }

  /** @param covered what vitest gives its reporters */
  take(covered: unknown): void {
    this.#covered = covered as CoverageMap;
  }

  /** Writes what was taken since the last time: nothing, where none is measured, which is no lack. @returns why it could not */
  keep(): Error | undefined {
    const map = this.#covered;
    this.#covered = undefined;
    const rename = (path: string) => partPath(path, this.#workspace);
    // Compressed texts one after the other are one.
    const lines = map?.files().map((path) => this.#remapped.pack(path, () => plainOf(map.fileCoverageFor(path)), rename)) ?? [];
    this.#remapped.end();
    try {
      mkdirSync(this.#folder, { recursive: true });
      writeFileSync(join(this.#folder, coveragePartFile), lines.length === 0 ? gzipSync("") : Buffer.concat(lines));
      return undefined;
    } catch (error) {
      return new Error("What the file covered could not be kept.", { cause: error });
    }
  }
}

/**
 * Makes vitest's own report of the coverage of a whole run, with the files that no test has loaded, and holds it against the thresholds.
 * Tells the parent what the run fails for. Where tests failed, as vitest itself: nothing, unless the configuration wants it.
 * @param folder with what `CoverageParts` has kept of each file
 */
export async function joinCoverage(
  vitest: Vitest,
  { workspace, folder, failed }: { readonly workspace: string; readonly folder: string; readonly failed: boolean },
): Promise<void> {
  const problems: string[] = [];
  const log = vitest.logger.error.bind(vitest.logger);
  vitest.logger.error = (...args: unknown[]) => {
    const text = args.map(String).join(" ");
    const [, problem] = /^ERROR: (.*)$/s.exec(text) ?? [];
    if (problem === undefined) return log(...args);
    problems.push(problem);
  };
  const provider = await providerOf(vitest);
  const isWanted = provider !== undefined && (!failed || provider.resolveOptions().reportOnFailure === true);
  if (isWanted) {
    await provider.onTestRunStart?.([]);
    const whole = provider.createCoverageMap();
    addParts(whole, folder, (path) => placedPath(path, workspace));
    const hasChanges = Boolean(provider.resolveOptions().changed);
    // What a test has made is gone, as it is when vitest looks for it.
    whole.filter((path) => existsSync(path) && (!hasChanges || provider.isIncluded?.(path) !== false));
    await addUntested(whole, provider);
    process.exitCode = undefined;
    await provider.mergeReports([whole]);
    const code = exitCode();
    if (code !== 0 && problems.length === 0) problems.push(`The report of coverage ended with code ${code}`);
  }
  const isJudged = isWanted && Object.keys(provider.resolveOptions().thresholds ?? {}).length > 0;
  await release(provider);
  sendToParent({ type: "covered", isJudged, problems });
}

/** Files that no test has loaded, where the configuration counts them: as covered nowhere. */
async function addUntested(whole: CoverageMap, provider: Provider): Promise<void> {
  const covered = new Set(whole.files());
  const untestedBeside = provider.getUntestedFiles?.bind(provider);
  // The others would be read and transformed for nothing.
  if (untestedBeside !== undefined) provider.getUntestedFiles = (tested) => untestedBeside([...tested, ...covered]);
  const untested = await provider.generateCoverage({ allTestsRun: true });
  untested.filter((path) => !covered.has(path));
  whole.merge(untested);
}

async function release(provider: Provider | undefined): Promise<void> {
  try {
    await provider?.cleanAfterRun?.();
  } catch {
    // There is nothing left to remove.
  }
}

async function providerOf(vitest: Vitest): Promise<Provider | undefined> {
  return ((await vitest.createCoverageProvider()) ?? undefined) as unknown as Provider | undefined;
}

/** Of Istanbul's own object, which is the plain form or has it, by its version. */
function plainOf(one: { toJSON(): CoveredFile | { data: CoveredFile } }): CoveredFile {
  const plain = one.toJSON();
  return "data" in plain ? plain.data : plain;
}

/** Most files load the same modules, and run the same of them: what is in many parts is added once, for all. */
function addParts(whole: CoverageMap, folder: string, rename: (path: string) => string): void {
  const names = readdirSync(folder).sort();
  const counts = new Map<string, number>();
  for (const name of names)
    for (const line of linesOf(join(folder, name))) {
      const hash = hashOf(line);
      counts.set(hash, (counts.get(hash) ?? 0) + 1);
    }
  // Read once more, as all of them might not fit into the memory.
  for (const name of names)
    for (const line of linesOf(join(folder, name))) {
      const hash = hashOf(line);
      const count = counts.get(hash);
      if (count === undefined) continue;
      counts.delete(hash);
      const one = JSON.parse(line) as CoveredFile;
      const path = rename(one.path);
      whole.merge({ [path]: { ...times(one, count), path } });
    }
}

function linesOf(part: string): string[] {
  return gunzipSync(readFileSync(part))
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
}

function hashOf(line: string): string {
  return createHash("sha256").update(line).digest("base64");
}
