import { mkdtempSync, readdirSync, readFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire, findPackageJSON } from "node:module";
import { tmpdir } from "node:os";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";

import type { Vitest } from "vitest/node";
import { coveragePartFile, coveragePartFolder } from "../../coverage-parts.ts";
import { sendToParent } from "../../process/host-channel.ts";
import { exitCode } from "./close-vitest.ts";

/** What was covered of each file, by its path, in Istanbul's form. */
type Covered = Record<string, { path: string }>;
/** Istanbul's own class. */
interface CoverageMap {
  files(): string[];
  merge(other: unknown): void;
  filter(keeps: (path: string) => boolean): void;
}

interface Options {
  reporter: unknown[];
  thresholds?: object | undefined;
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
}

let scratch: string | undefined;

/** Where this process measures: beside others, each of which would empty a folder that they shared. */
export function scratchDirectory(): string {
  scratch ??= mkdtempSync(join(tmpdir(), "shardwright-coverage-"));
  return scratch;
}

export function clearScratch(): void {
  if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
}

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

/** Keeps what each file covered, in the folder of what its attempt leaves. */
export class CoverageParts {
  readonly #workspace: string;
  readonly #folder: string;
  #covered: unknown;

  private constructor(workspace: string, folder: string) {
    this.#workspace = workspace;
    this.#folder = folder;
  }

  /** @param kept the folder of what attempts leave; nothing is kept without it */
  static async begin(vitest: Vitest, workspace: string, kept: string | undefined): Promise<CoverageParts | undefined> {
    const provider = await providerOf(vitest);
    if (provider === undefined) return undefined;
    // Of one file no report is made, and nothing is asked.
    Object.assign(provider.resolveOptions(), { reporter: [], thresholds: undefined, cleanOnRerun: true });
    return kept === undefined ? undefined : new CoverageParts(workspace, join(kept, coveragePartFolder));
  }

  /** @param covered what vitest gives its reporters */
  take(covered: unknown): void {
    this.#covered = covered;
  }

  /** Writes what was taken since the last time: nothing, where none is measured, which is no lack. */
  keep(): void {
    const covered = plainOf(this.#covered ?? {});
    this.#covered = undefined;
    mkdirSync(this.#folder, { recursive: true });
    const text = JSON.stringify(withPaths(covered, (path) => fromWorkspace(path, this.#workspace)));
    writeFileSync(join(this.#folder, coveragePartFile), gzipSync(text, { level: 1 }));
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
    const whole = provider.createCoverageMap();
    for (const name of readdirSync(folder).sort()) whole.merge(readPart(join(folder, name), workspace));
    await addUntested(whole, provider);
    process.exitCode = undefined;
    await provider.mergeReports([whole]);
    const code = exitCode();
    if (code !== 0 && problems.length === 0) problems.push(`The report of coverage ended with code ${code}`);
  }
  sendToParent({ type: "covered", problems });
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

async function providerOf(vitest: Vitest): Promise<Provider | undefined> {
  return ((await vitest.createCoverageProvider()) ?? undefined) as unknown as Provider | undefined;
}

/** Of Istanbul's own objects, which become the plain form on their own or not, by their version. */
function plainOf(map: unknown): Covered {
  const plain = JSON.parse(JSON.stringify(map)) as Record<string, { path: string } | { data: { path: string } }>;
  return Object.fromEntries(Object.entries(plain).map(([path, one]) => [path, "data" in one ? one.data : one]));
}

function readPart(path: string, workspace: string): Covered {
  const covered = JSON.parse(gunzipSync(readFileSync(path)).toString("utf8")) as Covered;
  return withPaths(covered, (inside) => resolve(workspace, inside));
}

/** As another machine can read it, which has the workspace elsewhere. */
function fromWorkspace(path: string, workspace: string): string {
  const inside = relative(workspace, path);
  return inside.startsWith("..") || isAbsolute(inside) ? path : inside.split(sep).join("/");
}

function withPaths(covered: Covered, rename: (path: string) => string): Covered {
  return Object.fromEntries(
    Object.entries(covered).map(([path, one]) => [rename(path), { ...one, path: rename(one.path) }] as const),
  );
}
