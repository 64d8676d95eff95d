import { posix, resolve } from "node:path";
import { isInsideWorkspace, ShardwrightError } from "@shardwright/core";
import { z } from "zod";
import { WarmSession } from "../process/warm-session.ts";
import { coveragePartFile, coveragePartFolder, joiningTimeout_ms } from "../coverage-parts.ts";
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
} from "../runner.ts";
import { selectFiles } from "../selection/select-files.ts";
import { detectPytest } from "./detect.ts";
import { findPython } from "./interpreter.ts";
import { askPytest, listCasesWithPytest, listWithPytest, type PytestConfig, type PytestListing } from "./listing.ts";
import { parsePytestOptions, type PytestOptions } from "./options.ts";
import { orderedPytest, typedPytest } from "./ordered.ts";
import { startPytest } from "./template.ts";

/** Pytest, as the project has it installed and configured. */
export const pytestRunner: Runner = {
  name: "pytest",
  capabilities: {
    title: "pytest",
    streamsCases: true,
    warmProcess: true,
    selectsCases: true,
    splitsFiles: true,
    readsProjectConfiguration: true,
    reportsRetries: true,
    reportsLines: true,
    versions: "7, 8, 9",
  },
  opensEarly: true,
  detect: detectPytest,
  discover,
  listCases,
  joinCoverage,
  ordered: orderedPytest,
  typed: typedPytest,
  open,
};

/** What a run has covered, as pytest-cov says it. */
const joinedSchema = z.object({ text: z.string(), judged: z.boolean(), problems: z.array(z.string()) });

/** Where a pattern may find Python files that belong to no project of the user's. */
const installed = /(?:^|\/)(?:site-packages|\.venv|venv|\.tox|\.nox|\.eggs)\//;

async function discover(request: DiscoveryRequest): Promise<Discovery> {
  const options = parsePytestOptions(request.options);
  const suite = resolve(request.workspace, request.directory);
  const { selection } = request;
  const own = await askOwn(request, options);
  const chosen = (await selectFiles(suite, own.files, selection)).filter(
    (file) => selection.patterns.length === 0 || !installed.test(file),
  );
  const files = chosen.map((file) => ({ file: posix.join(request.directory, file) }));
  for (const { file } of files)
    if (!isInsideWorkspace(file)) throw new ShardwrightError("path-outside-workspace", { path: file });
  const { directories, patterns } = selection;
  return {
    files,
    options: {
      ...request.options,
      ...(directories.length > 0 && { paths: [...options.paths, ...directories] }),
      ...(patterns.length > 0 && { anyFile: true }),
      ...(own.covers && { coverage: true }),
    },
    ...(own.covers && { keeps: [`${coveragePartFolder}/**`] }),
  };
}

async function askOwn(request: DiscoveryRequest, options: PytestOptions): Promise<PytestListing> {
  const looks = request.selection.patterns.length === 0;
  // Then nothing is to be found out.
  if (!looks && options.coverage !== undefined) return { files: [], covers: options.coverage };
  const python = await findPython(request, options.python, request.environment);
  const args = [...options.args, ...options.paths, ...request.selection.directories];
  const { files, covers } = await listWithPytest(request, python, { args, looks });
  return { files, covers: options.coverage ?? covers };
}

async function listCases(request: ListRequest): Promise<readonly ListedCase[]> {
  const options = parsePytestOptions(request.options);
  const python = await findPython(request, options.python, request.environment);
  return listCasesWithPytest(request, python, configOf(request, options));
}

async function joinCoverage(request: CoverageRequest): Promise<CoverageOutcome> {
  const options = parsePytestOptions(request.options);
  const python = await findPython(request, options.python, request.environment);
  const { parts, failed } = request;
  const { text, judged, problems } = await askPytest(request, {
    command: python,
    mode: "serve",
    config: JSON.stringify({ ...configOf(request, options), join: { parts, failed } }),
    answerSchema: joinedSchema,
    timeout_ms: joiningTimeout_ms,
    failure: "coverage-failed",
  });
  return { text, isJudged: judged, problems };
}

/** Starts the process at once, so that its start overlaps with the wait for work; whether it finds pytest shows in the first task. */
async function open(session: SessionOptions): Promise<RunnerSession> {
  const options = parsePytestOptions(session.options);
  const python = await findPython(session, options.python, session.environment);
  const config = configOf(session, options);
  const cwd = resolve(session.workspace, session.directory);
  const { environment } = session;
  return new WarmSession(
    (onOutput) => startPytest({ command: python, cwd, environment, onOutput, mode: "serve", config: JSON.stringify(config) }),
    // On Windows a signal would end it.
    { ...session, ...(process.platform !== "win32" && { interrupts: "signal" as const }) },
  );
}

/** What the Python program is told of a suite. */
function configOf(
  { directory, lastParts }: Pick<SessionOptions, "directory" | "lastParts">,
  { args, paths, anyFile, coverage }: PytestOptions,
): PytestConfig {
  const part = coverage === true && {
    part: `${coveragePartFolder}/${coveragePartFile}`,
    ...(lastParts !== undefined && { last_parts: lastParts }),
  };
  return { directory, args: [...args, ...paths], any_file: anyFile, ...part };
}
