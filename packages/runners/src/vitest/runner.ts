import { realpath } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { ShardwrightError } from "@shardwright/core";
import type {
  CoverageOutcome,
  CoverageRequest,
  DiscoveredFile,
  Discovery,
  DiscoveryRequest,
  ListedCase,
  ListRequest,
  Runner,
  RunnerSession,
  SessionOptions,
  SuiteLocation,
} from "../runner.ts";
import { leftOutTool } from "../command/left-out-tool.ts";
import { coveragePartFolder } from "../coverage-parts.ts";
import { selectFiles } from "../selection/select-files.ts";
import { detectVitest, namesVitestProjects } from "./detect.ts";
import { requireFramework } from "../installed.ts";
import { vitestPackage } from "./installed.ts";
import { joinVitestCoverage } from "./join-coverage.ts";
import { askVitest, listedSchema, listingSchema, type Listing } from "./listing.ts";
import { withScript } from "./manifest-script.ts";
import { parseVitestOptions } from "./options.ts";
import { openSession } from "./session.ts";
import { toTaskArguments } from "./task-arguments.ts";
import { typedVitest } from "./typed.ts";

/** Vitest, as the project has it installed and configured. */
export const vitestRunner: Runner = {
  name: "vitest",
  capabilities: {
    title: "Vitest",
    streamsCases: true,
    warmProcess: true,
    selectsCases: true,
    splitsFiles: true,
    readsProjectConfiguration: true,
    reportsRetries: true,
    reportsLines: true,
    versions: "4, 5",
  },
  opensEarly: true,
  detect: detectVitest,
  namesProjects: namesVitestProjects,
  discover,
  listCases,
  ordered: () => Promise.resolve("Vitest orders files by itself, and gives each a world of its own unless `isolate` is false"),
  open,
  typed: typedVitest,
  joinCoverage,
};

async function discover(request: DiscoveryRequest): Promise<Discovery> {
  const found = await withScript(join(request.workspace, request.directory), request.options);
  const { environment: variables, ...options } = parseVitestOptions(found);
  const place = await realPlace(request);
  requireFramework(vitestPackage, place.directory);
  const configuration = { mode: "discover" as const, ...place, ...options };
  const listing = await askVitest(configuration, { ...request.environment, ...variables }, request.signal, listingSchema);
  const inSuite = (path: string) => slashed(relative(place.directory, path));
  const own = listing.files.map((entry) => inSuite(entry.file));
  const chosen = await selectFiles(place.directory, own, request.selection);
  const files = chosen.flatMap((file) => tasksOf(file, listing, inSuite, slashed(relative(place.workspace, place.directory))));
  for (const { file } of files) if (file.startsWith("../")) throw new ShardwrightError("path-outside-workspace", { path: file });
  const listed = { files: files.sort(byFile), mayBeEmpty: listing.passWithNoTests === true };
  const { enabled, obstacle } = listing.coverage;
  if (!enabled) return { ...listed, options: found, ...(await leftOutTool(place.directory, "vitest", request)) };
  if (obstacle !== undefined) return { ...listed, options: found, notices: [unmeasured(obstacle)] };
  // Whoever opens the suite is told: machines may not agree in what the configuration is.
  return { ...listed, options: { ...found, coverage: true }, keeps: [`${coveragePartFolder}/**`] };
}

async function listCases(request: ListRequest): Promise<readonly ListedCase[]> {
  const { environment: variables, ...options } = parseVitestOptions(request.options);
  const place = await realPlace(request);
  requireFramework(vitestPackage, place.directory);
  const { file, args, environment, signal } = request;
  const configuration = { mode: "list" as const, ...place, ...options, list: { file, args } };
  const { cases } = await askVitest(configuration, { ...environment, ...variables }, signal, listedSchema);
  return cases;
}

async function open(options: SessionOptions): Promise<RunnerSession> {
  const { environment: variables, ...given } = parseVitestOptions(options.options);
  const place = await realPlace(options);
  requireFramework(vitestPackage, place.directory);
  const configuration = { mode: "run" as const, ...place, ...given };
  return openSession(configuration, { ...options, environment: { ...options.environment, ...variables } });
}

async function joinCoverage(request: CoverageRequest): Promise<CoverageOutcome> {
  const { environment: variables, ...given } = parseVitestOptions(request.options);
  const place = await realPlace(request);
  requireFramework(vitestPackage, place.directory);
  const environment = { ...request.environment, ...variables };
  return joinVitestCoverage({ ...place, ...given }, { ...request, environment });
}

function unmeasured(obstacle: string): string {
  return `Coverage ${obstacle}: it is not measured in this run, and no threshold is checked.`;
}

/** A task for each project that runs the file; a file that the user named and no project knows goes to the nearest one. */
function tasksOf(file: string, listing: Listing, inSuite: (path: string) => string, suite: string): DiscoveredFile[] {
  const entries = listing.files.filter((entry) => inSuite(entry.file) === file);
  const runs = entries.length > 0 ? entries : [{ project: nearestProject(file, listing, inSuite), typecheck: false }];
  const severalProjects = listing.projects.length > 1;
  return runs.map(({ project, typecheck }) => {
    const variant = [...(severalProjects ? [project] : []), ...(typecheck ? ["typecheck"] : [])].join(":");
    return {
      file: suite === "" ? file : join(suite, file).split(sep).join("/"),
      ...(variant === "" ? {} : { variant }),
      args: toTaskArguments(severalProjects ? project : undefined, typecheck),
    };
  });
}

function nearestProject(file: string, listing: Listing, inSuite: (path: string) => string): string {
  let nearest = { name: listing.projects[0]?.name ?? "", depth: -1 };
  for (const project of listing.projects) {
    const root = inSuite(project.root);
    const depth = root === "" ? 0 : root.length;
    if ((root === "" || file.startsWith(`${root}/`)) && depth > nearest.depth) nearest = { name: project.name, depth };
  }
  return nearest.name;
}

/** Vite resolves links, so that paths can only be compared after we have too. */
async function realPlace({ workspace, directory }: SuiteLocation): Promise<{ workspace: string; directory: string }> {
  return { workspace: await realpath(workspace), directory: await realpath(join(workspace, directory)) };
}

function byFile(left: DiscoveredFile, right: DiscoveredFile): number {
  const [a, b] = [`${left.file}#${left.variant ?? ""}`, `${right.file}#${right.variant ?? ""}`];
  return a < b ? -1 : a > b ? 1 : 0;
}

function slashed(path: string): string {
  return path.split(sep).join("/");
}
