import { join, relative, sep } from "node:path";
import { reasonOf, ShardwrightError } from "@shardwright/core";
import type {
  CoverageOutcome,
  CoverageRequest,
  DiscoveredFile,
  Discovery,
  DiscoveryRequest,
  ListRequest,
  Runner,
  RunnerSession,
  SessionOptions,
} from "../runner.ts";
import { leftOutTool } from "../command/left-out-tool.ts";
import { coveragePartFolder, joiningTimeout_ms } from "../coverage-parts.ts";
import { selectFiles } from "../selection/select-files.ts";
import type { Base, JestSuite, Listing } from "./base.ts";
import { newBase, sharedBase } from "./bases.ts";
import { detectJest, namesJestProjects } from "./detect.ts";
import { listCasesOf } from "./list-cases.ts";
import { JestSession } from "./session.ts";
import { readSuite } from "./suite.ts";
import { toTaskArguments } from "./task-arguments.ts";
import { typedJest } from "./typed.ts";

/** Jest, as the project has it installed and configured. */
export const jestRunner: Runner = {
  name: "jest",
  capabilities: {
    title: "Jest",
    streamsCases: true,
    warmProcess: true,
    selectsCases: true,
    splitsFiles: true,
    readsProjectConfiguration: true,
    reportsRetries: true,
    reportsLines: true,
    versions: "29, 30",
  },
  opensEarly: true,
  detect: detectJest,
  namesProjects: namesJestProjects,
  discover,
  listCases: async (request: ListRequest) => listCasesOf(await readSuite(request), request),
  typed: typedJest,
  joinCoverage,
  ordered: () => Promise.resolve("Jest gives each file a world of its own, and orders them by itself"),
  open,
};

const listingTimeout_ms = 120_000;

async function discover(request: DiscoveryRequest): Promise<Discovery> {
  request.signal?.throwIfAborted();
  const suite = await readSuite(request);
  const listing = await list(suite, request.signal);
  const { selection } = request;
  const inSuite = (path: string) => slashed(relative(suite.directory, path));
  const projects = Map.groupBy(listing.files, ({ file }) => inSuite(file));
  const chosen = await selectFiles(suite.directory, [...projects.keys()], selection);
  const place = slashed(relative(suite.workspace, suite.directory));
  const areSeveral = listing.projects.length > 1;
  const files: DiscoveredFile[] = chosen.flatMap((path) => {
    const file = inWorkspace(place, path);
    // A file that the user named and no project knows goes to the nearest one.
    const names = projects.get(path)?.map(({ project }) => project) ?? [nearestProject(path, listing, inSuite)];
    return names.map((name) => (areSeveral ? { file, variant: name, args: toTaskArguments(name) } : { file, args: [] }));
  });
  // Jest looks for them whatever is to run; here they belong to a run of everything.
  if (selection.patterns.length === 0 && selection.directories.length === 0)
    for (const file of await selectFiles(
      suite.directory,
      listing.obsolete.map(({ file }) => inSuite(file)),
      selection,
    ))
      files.push({ file: inWorkspace(place, file), args: toTaskArguments(undefined, true) });
  for (const { file } of files) if (file.startsWith("../")) throw new ShardwrightError("path-outside-workspace", { path: file });
  // Whoever opens the suite is told: machines may not agree in what the configuration is.
  const measured = listing.collects && { options: { ...request.options, coverage: true }, keeps: [`${coveragePartFolder}/**`] };
  return {
    files: files.sort(byFile),
    mayBeEmpty: listing.passWithNoTests,
    options: request.options,
    ...(await leftOutTool(suite.directory, "jest", request)),
    ...measured,
  };
}

function list(suite: JestSuite, signal: AbortSignal | undefined): Promise<Listing> {
  const failed = (reason: string, cause: unknown) =>
    new ShardwrightError("discovery-failed", { framework: "jest", directory: suite.directory, reason }, { cause });
  return askBase(suite, { ask: (base) => base.list(), limit_ms: listingTimeout_ms, signal, failed });
}

/** Jest reports coverage whether tests have failed or not. */
async function joinCoverage({ parts, signal, ...options }: CoverageRequest): Promise<CoverageOutcome> {
  signal?.throwIfAborted();
  const suite = await readSuite(options);
  const failed = (reason: string, cause: unknown) =>
    new ShardwrightError("coverage-failed", { framework: "Jest", directory: suite.directory, reason }, { cause });
  return askBase(suite, { ask: (base) => base.cover(parts), limit_ms: joiningTimeout_ms, signal, failed });
}

interface BaseQuestion<Answer> {
  readonly ask: (base: Base) => Promise<Answer>;
  readonly limit_ms: number;
  readonly signal: AbortSignal | undefined;
  readonly failed: (reason: string, cause: unknown) => ShardwrightError;
}

/** Asks a base that sees what there is now. @throws what `failed` makes of the fault; the signal's reason when it is aborted */
async function askBase<Answer>(suite: JestSuite, { ask, limit_ms, signal, failed }: BaseQuestion<Answer>): Promise<Answer> {
  const base = newBase(suite);
  const timeout = AbortSignal.timeout(limit_ms);
  const stopped = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  const stop = () => void base.kill();
  stopped.addEventListener("abort", stop);
  try {
    return await ask(base);
  } catch (error) {
    signal?.throwIfAborted();
    throw failed(timeout.aborted ? `no answer within ${limit_ms / 1000} s` : reasonOf(error), error);
  } finally {
    stopped.removeEventListener("abort", stop);
    await base.release();
  }
}

async function open(options: SessionOptions): Promise<RunnerSession> {
  const suite = await readSuite(options);
  const base = sharedBase(suite);
  try {
    await base.ready;
  } catch (error) {
    await base.release();
    const details = { framework: "jest", directory: suite.directory, reason: reasonOf(error) };
    throw new ShardwrightError("discovery-failed", details, { cause: error });
  }
  return new JestSession(suite, base, options);
}

function nearestProject(file: string, listing: Listing, inSuite: (path: string) => string): string {
  let nearest = { name: listing.projects[0]?.name ?? "", depth: -1 };
  for (const project of listing.projects) {
    const root = inSuite(project.root);
    if ((root === "" || file.startsWith(`${root}/`)) && root.length > nearest.depth)
      nearest = { name: project.name, depth: root.length };
  }
  return nearest.name;
}

function inWorkspace(place: string, file: string): string {
  return place === "" ? file : slashed(join(place, file));
}

function byFile(left: DiscoveredFile, right: DiscoveredFile): number {
  const [a, b] = [`${left.file}#${left.variant ?? ""}`, `${right.file}#${right.variant ?? ""}`];
  return a < b ? -1 : a > b ? 1 : 0;
}

function slashed(path: string): string {
  return path.split(sep).join("/");
}
