import { realpathSync } from "node:fs";
import { join, posix, relative, resolve, sep } from "node:path";
import { isInsideWorkspace, ShardwrightError } from "@shardwright/core";
import { Machine } from "../process/machine.ts";
import { sharedEnvironment } from "../process/shared-environment.ts";
import { Shares } from "../process/shares.ts";
import { SharingSession } from "../process/sharing-session.ts";
import type {
  CoverageOutcome,
  CoverageRequest,
  Discovery,
  DiscoveryRequest,
  ListedCase,
  ListRequest,
  Runner,
  RunnerSession,
  SessionOptions,
  SuiteLocation,
} from "../runner.ts";
import { coveragePartFolder } from "../coverage-parts.ts";
import { joinByTool } from "../measuring/join.ts";
import { startMeasuring, stopMeasuring } from "../measuring/measuring.ts";
import { selectFiles } from "../selection/select-files.ts";
import { z } from "zod";
import { askHost, hostCommand } from "./ask-host.ts";
import { detectMocha } from "./detect.ts";
import { requireFramework } from "../installed.ts";
import { mochaPackage } from "./installed.ts";
import type { HostConfiguration, SetUp } from "./host/load-mocha.ts";
import { coverageOf, invocationOf, measuredBy, withSetupFiles } from "./options.ts";
import { orderedMocha, typedMocha } from "./ordered.ts";

const setUpSchema: z.ZodType<SetUp> = z.strictObject({ environment: z.record(z.string(), z.string().nullable()) });
/** What a host says once it has read the configuration: whether files wait for global fixtures that run elsewhere. */
const knownSchema = z.strictObject({ waits: z.boolean() });

const machines = new Shares<Machine<SetUp>>();

/** Mocha, as the project has it installed and configured; each file by itself, as in mocha's own parallel mode. */
export const mochaRunner: Runner = {
  name: "mocha",
  capabilities: {
    title: "Mocha",
    streamsCases: true,
    warmProcess: true,
    selectsCases: true,
    splitsFiles: true,
    readsProjectConfiguration: true,
    reportsRetries: true,
    reportsLines: true,
    versions: "10, 11, 12",
  },
  opensEarly: true,
  detect: detectMocha,
  discover,
  listCases,
  joinCoverage,
  ordered: orderedMocha,
  typed: typedMocha,
  open,
};

async function discover(request: DiscoveryRequest): Promise<Discovery> {
  const { place, command } = prepare(request, request);
  const { selection, options, signal } = request;
  const answer = await askHost(command({ mode: "discover" }), signal);
  const found = answer.type === "discovered" ? answer : { files: [], setups: [] };
  const inSuite = (path: string) => slashed(relative(place.directory, path));
  // What sets up for the files that are chosen need not be among them.
  const { excludes } = selection;
  const setups = await selectFiles(place.directory, found.setups.map(inSuite), { patterns: [], directories: [], excludes });
  const chosen = await selectFiles(place.directory, found.files.map(inSuite), selection);
  const folder = slashed(relative(place.workspace, place.directory)) || ".";
  const files = chosen.filter((file) => !setups.includes(file)).map((file) => ({ file: posix.join(folder, file) }));
  for (const { file } of files)
    if (!isInsideWorkspace(file)) throw new ShardwrightError("path-outside-workspace", { path: file });
  const { options: measured, notice } = coverageOf(request);
  return {
    files,
    options: { ...(setups.length === 0 ? options : withSetupFiles(options, setups)), ...measured },
    ...(measured !== undefined && { keeps: [`${coveragePartFolder}/**`] }),
    ...(notice !== undefined && { notices: [notice] }),
  };
}

async function listCases(request: ListRequest): Promise<readonly ListedCase[]> {
  const { place, command } = prepare(request, request);
  const file = resolve(place.workspace, request.file);
  const answer = await askHost(command({ mode: "list", list: { file, args: request.args } }), request.signal);
  return answer.type === "listed" ? answer.cases : [];
}

async function open(session: SessionOptions): Promise<RunnerSession> {
  const { environment, closeGrace_ms } = session;
  const { place, command, environment: complete } = prepare(session, session);
  const tool = measuredBy(session.options);
  const measuring =
    tool && (await startMeasuring(tool, { directory: place.directory, environment: complete, lastParts: session.lastParts }));
  const setup = prepare(session, { ...session, environment: sharedEnvironment(environment) }).command({ mode: "setup" });
  return new SharingSession({
    command: command({ mode: "run", keeping: measuring?.keeping }, measuring?.environmentFor(measuring.keeping.folder)),
    closeGrace_ms,
    onClosed: () => stopMeasuring(measuring),
    schema: knownSchema,
    share: machines.join(environment, setup, (after) => new Machine(setup, setUpSchema, after)),
    needsOf: (_, { waits }) => ({ setup: waits ? [] : undefined, isSerial: false }),
  });
}

/** @throws ShardwrightError `framework-missing`, `coverage-failed`; the signal's reason when it is aborted */
function joinCoverage(request: CoverageRequest): Promise<CoverageOutcome> {
  const tool = measuredBy(request.options);
  if (tool === undefined) return Promise.resolve({ text: "", isJudged: false, problems: [] });
  const { environment } = invocationOf(request, request.options);
  return joinByTool(tool, { ...request, environment: { ...request.environment, ...environment } });
}

/**
 * What all hosts of a suite are started with. It waits for nothing, so that a listing begins as soon as it is asked for, and goes on
 * while whoever asked is busy.
 */
function prepare(location: SuiteLocation, { options, environment }: Pick<SessionOptions, "options" | "environment">) {
  const place = realPlace(location);
  const invocation = invocationOf(location, options);
  const { args, globalFixtures } = invocation;
  const complete = { ...environment, ...invocation.environment };
  const mochaRoot = requireFramework(mochaPackage, place.directory);
  const command = (question: Pick<HostConfiguration, "mode" | "list" | "keeping">, more: Readonly<Record<string, string>> = {}) =>
    hostCommand({ ...question, ...place, mochaRoot, args, globalFixtures }, invocation.nodeArgs, { ...complete, ...more });
  return { place, command, environment: complete };
}

/** Mocha looks around from where the system says it is, so that paths can only be compared once links are resolved. */
function realPlace({ workspace, directory }: SuiteLocation): { workspace: string; directory: string } {
  return { workspace: realpathSync.native(workspace), directory: realpathSync.native(join(workspace, directory)) };
}

function slashed(path: string): string {
  return path.split(sep).join("/");
}
