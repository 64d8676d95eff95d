import { realpath } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { blobReportFolder, reasonOf, ShardwrightError } from "@shardwright/core";
import { z } from "zod";
import type {
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
import { selectFiles } from "../selection/select-files.ts";
import { detectPlaywright } from "./detect.ts";
import type { HostConfiguration } from "./host/configuration.ts";
import { hostCommand } from "./host-command.ts";
import { requireFramework } from "../installed.ts";
import { playwrightPackage } from "./installed.ts";
import { Machine } from "./machine.ts";
import { withScript } from "./manifest-script.ts";
import { parsePlaywrightOptions } from "./options.ts";
import type { Plan } from "./plan.ts";
import { PlaywrightSession } from "./session.ts";
import { SharedHost } from "./shared-host.ts";
import { toTaskArguments } from "./task-arguments.ts";

/** Playwright Test, as the project has it installed and configured. */
export const playwrightRunner: Runner = {
  name: "playwright",
  capabilities: {
    title: "Playwright Test",
    streamsCases: true,
    warmProcess: true,
    selectsCases: true,
    splitsFiles: true,
    readsProjectConfiguration: true,
    reportsRetries: true,
    reportsLines: true,
    versions: "1.64",
  },
  opensEarly: true,
  detect: detectPlaywright,
  discover,
  listCases,
  ordered: () => Promise.resolve("Playwright Test orders files by itself, and begins a new process after each failure"),
  open,
};

const answerTimeout_ms = 120_000;

const listedSchema = z.array(z.object({ path: z.array(z.string()).min(1), line: z.int().positive().optional() }));

/** The files of each project but for those that clear up when all is over: they run then, on each machine. */
async function discover(request: DiscoveryRequest): Promise<Discovery> {
  const { environment, signal, selection } = request;
  const options = await withScript(join(request.workspace, request.directory), request.options);
  const configuration = await hostFor({ ...request, options }, "share");
  const host = SharedHost.start({ configuration, environment });
  const plan = await asked(() => host.plan, host, configuration.directory, signal);
  const inSuite = (path: string) => slashed(relative(configuration.directory, path));
  const own = plan.projects.filter(({ role }) => role !== "teardown").flatMap(({ files }) => files.map(inSuite));
  const chosen = await selectFiles(configuration.directory, own, selection);
  const suite = slashed(relative(configuration.workspace, configuration.directory));
  const files = chosen.flatMap((file) => tasksOf(file, plan, inSuite, suite));
  for (const { file } of files) if (file.startsWith("../")) throw new ShardwrightError("path-outside-workspace", { path: file });
  // Whoever opens the suite is told: machines may not agree in what the configuration is.
  const { blobReport = plan.reportsBlobs } = parsePlaywrightOptions(options);
  const kept = blobReport && { options: { ...options, blobReport }, keeps: [`${blobReportFolder}/**`] };
  return { files: files.sort(byFile), options, ...kept };
}

/** @throws ShardwrightError besides what a runner's may throw: `config-invalid` */
async function listCases(request: ListRequest): Promise<readonly ListedCase[]> {
  const { file, args, environment, signal } = request;
  const configuration = await hostFor(request, "share");
  const host = SharedHost.afterListing({ configuration, environment });
  return listedSchema.parse(await asked(() => host.list(file, args, signal), host, configuration.directory, signal));
}

async function open({ environment, ...options }: SessionOptions): Promise<RunnerSession> {
  const configuration = await hostFor(options, "share");
  const command = hostCommand({ ...configuration, mode: "setup" }, environment);
  const { blobReport } = parsePlaywrightOptions(options.options);
  const kept = blobReport === true ? environment["SHARDWRIGHT_ARTIFACTS_DIR"] : undefined;
  const blob = kept === undefined ? undefined : join(kept, blobReportFolder, "report.zip");
  const { workspace } = configuration;
  const machine = Machine.join({ workspace, command, keepsBlobs: blob !== undefined });
  return new PlaywrightSession({ configuration, environment, blob }, machine);
}

/** @throws ShardwrightError `discovery-failed`; the signal's reason when it is aborted */
async function asked<Answer>(
  ask: () => Promise<Answer>,
  host: SharedHost,
  directory: string,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const timeout = AbortSignal.timeout(answerTimeout_ms);
  const stopped = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  stopped.throwIfAborted();
  const stop = () => void host.stop();
  stopped.addEventListener("abort", stop);
  try {
    return await ask();
  } catch (error) {
    signal?.throwIfAborted();
    const reason = timeout.aborted ? `no answer within ${answerTimeout_ms / 1000} s` : reasonOf(error);
    throw new ShardwrightError("discovery-failed", { framework: "playwright", directory, reason }, { cause: error });
  } finally {
    stopped.removeEventListener("abort", stop);
  }
}

async function hostFor(
  request: SuiteLocation & Pick<SessionOptions, "options">,
  mode: HostConfiguration["mode"],
): Promise<HostConfiguration> {
  // A host that lists the files serves sessions, too, whatever it is to leave of each.
  const { blobReport: _, ...options } = parsePlaywrightOptions(request.options);
  // The system's own name for a folder is what Playwright finds its files under.
  const workspace = await realpath(request.workspace);
  const directory = await realpath(join(request.workspace, request.directory));
  return { mode, playwright: requireFramework(playwrightPackage, directory), workspace, directory, ...options };
}

/** A task for each project that runs the file; a file that the user named and no project knows goes to the nearest one. */
function tasksOf(file: string, plan: Plan, inSuite: (path: string) => string, suite: string): DiscoveredFile[] {
  const candidates = plan.projects.filter(({ role }) => role !== "teardown");
  const owners = candidates.filter(({ files }) => files.some((path) => inSuite(path) === file));
  const runs = owners.length > 0 ? owners : nearest(file, candidates, inSuite);
  return runs.map(({ id }) => ({
    file: suite === "" ? file : join(suite, file).split(sep).join("/"),
    ...(plan.projects.length > 1 ? { variant: id, args: toTaskArguments(id) } : { args: [] }),
  }));
}

function nearest(file: string, projects: Plan["projects"], inSuite: (path: string) => string): Plan["projects"] {
  let found: { projects: Plan["projects"]; depth: number } = { projects: projects.slice(0, 1), depth: -1 };
  for (const project of projects.filter(({ role }) => role === "tests")) {
    const root = inSuite(project.testDir);
    if ((root === "" || file.startsWith(`${root}/`)) && root.length > found.depth)
      found = { projects: [project], depth: root.length };
  }
  return found.projects;
}

function byFile(left: DiscoveredFile, right: DiscoveredFile): number {
  const [a, b] = [`${left.file}#${left.variant ?? ""}`, `${right.file}#${right.variant ?? ""}`];
  return a < b ? -1 : a > b ? 1 : 0;
}

function slashed(path: string): string {
  return path.split(sep).join("/");
}
