import { posix, resolve } from "node:path";
import { isInsideWorkspace, ShardwrightError } from "@shardwright/core";
import { WarmSession } from "../process/warm-session.ts";
import type { Discovery, DiscoveryRequest, ListedCase, ListRequest, Runner, RunnerSession, SessionOptions } from "../runner.ts";
import { selectFiles } from "../selection/select-files.ts";
import { detectPytest } from "./detect.ts";
import { findPython } from "./interpreter.ts";
import { listCasesWithPytest, listWithPytest, type PytestConfig } from "./listing.ts";
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
  ordered: orderedPytest,
  typed: typedPytest,
  open,
};

/** Where a pattern may find Python files that belong to no project of the user's. */
const installed = /(?:^|\/)(?:site-packages|\.venv|venv|\.tox|\.nox|\.eggs)\//;

async function discover(request: DiscoveryRequest): Promise<Discovery> {
  const options = parsePytestOptions(request.options);
  const suite = resolve(request.workspace, request.directory);
  const { selection } = request;
  const own = selection.patterns.length > 0 ? [] : await listOwn(request, options);
  const chosen = (await selectFiles(suite, own, selection)).filter(
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
    },
  };
}

async function listOwn(request: DiscoveryRequest, options: PytestOptions): Promise<readonly string[]> {
  const python = await findPython(request, options.python, request.environment);
  return listWithPytest(request, python, [...options.args, ...options.paths, ...request.selection.directories]);
}

async function listCases(request: ListRequest): Promise<readonly ListedCase[]> {
  const options = parsePytestOptions(request.options);
  const python = await findPython(request, options.python, request.environment);
  return listCasesWithPytest(request, python, configOf(request, options));
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
function configOf({ directory }: Pick<SessionOptions, "directory">, { args, paths, anyFile }: PytestOptions): PytestConfig {
  return { directory, args: [...args, ...paths], any_file: anyFile };
}
