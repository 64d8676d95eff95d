import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, join, posix, resolve } from "node:path";
import { isInsideWorkspace, ShardwrightError } from "@shardwright/core";
import type { Discovery, DiscoveryRequest, Runner, RunnerSession, SessionOptions } from "../runner.ts";
import { listFolder, selectFiles } from "../selection/select-files.ts";
import { parseCommandOptions, type CommandOptions } from "./options.ts";
import { CommandSession } from "./session.ts";

const defaultPath = process.platform === "win32" ? "" : "/usr/bin:/bin";
const endings = process.platform === "win32" ? ["", ".exe", ".com", ".cmd", ".bat"] : [""];

/** Any program that leaves JUnit XML, or whose exit code is all there is to know. */
export const commandRunner: Runner = {
  name: "command",
  capabilities: {
    title: "any command",
    streamsCases: false,
    warmProcess: false,
    selectsCases: false,
    splitsFiles: false,
    readsProjectConfiguration: false,
    reportsRetries: true,
    reportsLines: true,
    takesBrowser: true,
    versions: "any program that writes JUnit XML",
  },
  // A program shows by nothing that it is one: the user names it.
  detect: () => Promise.resolve(undefined),
  discover,
  open,
};

async function discover(request: DiscoveryRequest): Promise<Discovery> {
  parseCommandOptions(request.options);
  const suite = resolve(request.workspace, request.directory);
  const own = request.selection.patterns.length > 0 ? [] : await filesIn(suite, request.selection.directories);
  const chosen = await selectFiles(suite, own, request.selection);
  const files = chosen.map((file) => ({ file: posix.join(request.directory, file) }));
  for (const { file } of files)
    if (!isInsideWorkspace(file)) throw new ShardwrightError("path-outside-workspace", { path: file });
  return { files, options: request.options };
}

/** A program has no idea of its own of what a test file is: without patterns, it is all that lies in the folders named. */
async function filesIn(suite: string, directories: readonly string[]): Promise<string[]> {
  if (directories.length === 0)
    throw new ShardwrightError("usage", {
      problem: `Nothing says which files in ${suite} are tests: a command has no rule of its own.`,
      remedy: "Give --test-pattern (such as 'cases/*.yml') or --test-dir.",
    });
  const found = directories.map(async (directory) => {
    const path = posix.normalize(directory.replaceAll("\\", "/")).replace(/(?<=.)\/$/, "");
    const entry = await stat(resolve(suite, path)).catch(() => undefined);
    if (entry?.isFile()) return [path];
    return entry === undefined ? [] : (await listFolder(resolve(suite, path))).map((file) => posix.join(path, file));
  });
  return (await Promise.all(found)).flat();
}

async function open(session: SessionOptions): Promise<RunnerSession> {
  const options = parseCommandOptions(session.options);
  await requireProgram(session, options);
  return new CommandSession(session, options);
}

async function requireProgram(session: SessionOptions, { template }: CommandOptions): Promise<void> {
  const [program = ""] = template;
  if (program.includes("{")) return;
  const suite = resolve(session.workspace, session.directory);
  const hasPath = /[/\\]/.test(program);
  const folders = (session.environment["PATH"] ?? session.environment["Path"] ?? defaultPath).split(delimiter);
  const places = hasPath ? [resolve(suite, program)] : folders.map((folder) => join(resolve(suite, folder), program));
  const missing = (reason: string, remedy: string) =>
    new ShardwrightError("framework-missing", { framework: program, directory: suite, reason, remedy });
  for (const place of places.flatMap((path) => endings.map((ending) => path + ending))) {
    if (!(await isProgram(place))) continue;
    if (process.platform === "win32" && /\.(?:cmd|bat)$/i.test(place))
      throw missing("it is a batch file, which only a shell can run", `Write it as: cmd /d /c ${program} …`);
    return;
  }
  throw missing(
    hasPath ? "there is no such program" : "it is not on the PATH",
    "Install it on this machine, or correct the command's first word.",
  );
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
