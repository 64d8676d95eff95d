import { mkdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { PassThrough } from "node:stream";
import { cutText, reasonOf } from "@shardwright/core";
import { z } from "zod";
import { startChild, type Child, type ChildExit } from "../process/child.ts";
import { readJsonLines } from "../process/json-lines.ts";
import { listPackages, type GoPackage } from "./listing.ts";
import type { Toolchain } from "./toolchain.ts";

/** What came of building one package's tests. */
export type Built =
  | {
      readonly kind: "binary";
      readonly path: string;
      /** Names of the test files that are part of it. */
      readonly testFiles: readonly string[];
    }
  /** It has no tests under these flags. */
  | { readonly kind: "none" }
  /** The go command's own words. */
  | { readonly kind: "failed"; readonly message: string };

export interface BuildRequest {
  readonly toolchain: Toolchain;
  /** Flags for building. */
  readonly build: readonly string[];
  /** Packages' folders, relative to the suite's folder, the most urgent one first. */
  readonly folders: readonly string[];
  /** An absolute path of its own, to be made, in which the binaries are left. */
  readonly place: string;
  readonly signal: AbortSignal;
  /** Called once for each folder, as soon as its binary can be run. */
  readonly onBuilt: (folder: string, built: Built) => void;
}

const eventSchema = z.object({ Action: z.string(), Package: z.string().default(""), Output: z.string().default("") });

const timeout_ms = 30 * 60_000;
const wordsLimit = 64 * 1024;
/** Windows has room for 32,767 characters in a command line. */
const untestedAtOnce = 100;

/**
 * Builds the tests of some packages in one go: `go test` does it, vet included, and is made to name each binary in place of running
 * it. Unlike `go test -c` it takes many packages before Go 1.21, too, loads what they share once, and leaves out what debuggers need.
 */
export async function buildTests(request: BuildRequest): Promise<void> {
  const open = new Set(request.folders);
  const tell = (folder: string, built: Built) => {
    if (open.delete(folder)) request.onBuilt(folder, built);
  };
  try {
    await mkdir(request.place, { recursive: true });
    if (request.folders.length > 1) await buildTogether({ ...request, onBuilt: tell });
    // Alone, what the go command says is about this one package.
    for (const [index, folder] of request.folders.entries())
      if (open.has(folder) && !request.signal.aborted) tell(folder, await buildAlone(request, folder, index));
  } catch (error) {
    for (const folder of open) tell(folder, { kind: "failed", message: reasonOf(error) });
  }
  for (const folder of open) tell(folder, { kind: "failed", message: "The build was stopped." });
}

/** Tells of those that could be built; of all others nothing. */
async function buildTogether(request: BuildRequest): Promise<void> {
  const { toolchain, build, folders, signal } = request;
  const packages = listPackages(toolchain, build, folders.map(patternOf), signal);
  packages.catch(() => {});
  const work = join(request.place, "together");
  const moves: Promise<void>[] = [];
  const lines = new PassThrough();
  const take = async (importPath: string, path: string) => {
    const found = (await packages).find((one) => one.importPath === importPath);
    if (found === undefined || !folders.includes(found.folder)) return;
    const place = join(request.place, String(folders.indexOf(found.folder)));
    request.onBuilt(found.folder, await keep(path, place, found));
  };
  readJsonLines(
    lines,
    (message) => {
      const event = eventSchema.safeParse(message);
      const path = event.success ? binaryIn(event.data.Output, work) : undefined;
      // What cannot be moved is built again, alone.
      if (event.success && path !== undefined) moves.push(take(event.data.Package, path).catch(() => {}));
    },
    () => {},
  );
  await runTest(request, ["-json", ...folders.map(patternOf)], work, (chunk, stream) => {
    if (stream === "stdout") lines.write(chunk);
  });
  lines.end();
  await new Promise((resolve) => lines.once("end", resolve));
  await Promise.all(moves);
  await rm(work, { recursive: true, force: true });
}

async function buildAlone(request: BuildRequest, folder: string, index: number): Promise<Built> {
  const work = join(request.place, `alone-${index}`);
  const said = { stdout: "", stderr: "" };
  const packages = listPackages(request.toolchain, request.build, [patternOf(folder)], request.signal);
  packages.catch(() => {});
  const exit = await runTest(request, ["-v", patternOf(folder)], work, (chunk, stream) => {
    said[stream] = (said[stream] + Buffer.from(chunk).toString("utf8")).slice(0, wordsLimit);
  });
  const path = said.stdout
    .split("\n")
    .map((line) => binaryIn(line, work))
    .find((found) => found !== undefined);
  try {
    if (exit.error !== undefined) return { kind: "failed", message: `go could not be started: ${exit.error.message}` };
    const found = exit.code === 0 ? (await packages).find((one) => one.folder === folder) : undefined;
    if (exit.code === 0 && path === undefined && found?.testFiles.length === 0) return { kind: "none" };
    if (exit.code !== 0 || path === undefined) return { kind: "failed", message: wordsOf(said, exit) };
    return await keep(path, join(request.place, String(index)), found);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * Builds and vets packages without tests, as `go test` does with them, a few at a time where there are many.
 * @param place an absolute path of its own, to be made; removed at the end
 * @returns the go command's own words, where one cannot be built
 */
export async function buildUntested(
  request: Pick<BuildRequest, "toolchain" | "build" | "folders" | "place" | "signal">,
): Promise<string | undefined> {
  const { place, folders } = request;
  const problems: string[] = [];
  try {
    await mkdir(place, { recursive: true });
    for (let begin = 0; begin < folders.length; begin += untestedAtOnce) {
      const said = { stdout: "", stderr: "" };
      const some = folders.slice(begin, begin + untestedAtOnce).map(patternOf);
      const exit = await runTest({ ...request, onBuilt: () => {} }, some, join(place, String(begin)), (chunk, stream) => {
        said[stream] = (said[stream] + Buffer.from(chunk).toString("utf8")).slice(0, wordsLimit);
      });
      if (exit.error !== undefined) throw exit.error;
      if (exit.code !== 0) problems.push(wordsOf(said, exit));
    }
  } catch (error) {
    problems.push(`go could not be started: ${reasonOf(error)}`);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
  return problems.length === 0 ? undefined : problems.join("\n");
}

/** Runs `go test` with a program that prints its arguments where the tests should run. */
async function runTest(
  { toolchain, build, signal }: BuildRequest,
  args: readonly string[],
  work: string,
  onOutput: (chunk: Uint8Array, stream: "stdout" | "stderr") => void,
): Promise<ChildExit> {
  await mkdir(work);
  signal.throwIfAborted();
  const echo = process.platform === "win32" ? "cmd /d /c echo" : "echo";
  const child: Child = startChild({
    command: toolchain.program,
    // Nothing may come from the cache of results: the documented way to say so is to count.
    args: ["test", ...build, "-count=1", "-work", `-exec=${echo}`, ...args],
    cwd: toolchain.suite,
    environment: { ...toolchain.environment, GOTMPDIR: work },
    guarded: true,
    onOutput,
  });
  const stop = () => void child.stop(0);
  const timer = setTimeout(stop, timeout_ms);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const exit = await child.exited;
  clearTimeout(timer);
  signal.removeEventListener("abort", stop);
  return exit;
}

/** The path in a line that `echo` printed: what lies in the work folder, and is followed by flags. */
function binaryIn(line: string, work: string): string | undefined {
  const path = /^"?(.*?\.test(?:\.exe)?)"? -test\./.exec(line)?.[1];
  return path?.startsWith(work) ? path : undefined;
}

/** Takes a binary out of the go command's work folder, which goes. */
async function keep(path: string, place: string, found: GoPackage | undefined): Promise<Built> {
  await mkdir(place);
  // Some tests look at what they are called.
  const kept = join(place, basename(path));
  await rename(path, kept);
  return { kind: "binary", path: kept, testFiles: found?.testFiles ?? [] };
}

function wordsOf({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }, exit: ChildExit): string {
  const lines = `${stderr}\n${stdout}`.split(/\r?\n/).filter((line) => line !== "" && !/^WORK=|^(?:FAIL|ok)(?:\t|$)/.test(line));
  const text = lines.join("\n");
  return text === "" ? `go test ended with ${exit.signal ?? `code ${exit.code}`} and said nothing.` : cutText(text, wordsLimit);
}

function patternOf(folder: string): string {
  return folder === "." ? "." : `./${folder}`;
}
