import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { ShardwrightError } from "@shardwright/core";
import { z } from "zod";
import type { SuiteLocation } from "../runner.ts";
import { isForTests, parseFlag, splitQuoted } from "./go-line.ts";
import { runGo } from "./run-go.ts";

/** The go command of a suite, and what it says of itself in the suite's folder. */
export interface Toolchain {
  readonly program: string;
  /** Absolute path of the suite's folder, in which the go command is run. */
  readonly suite: string;
  /** 22 of Go 1.22. */
  readonly minor: number;
  readonly goroot: string;
  /** The workspace file in force, if one is. */
  readonly gowork: string | undefined;
  /** What GOFLAGS holds, from the environment or Go's own file. */
  readonly flags: readonly string[];
  /** For the go command: as given, but for flags that are for tests. */
  readonly environment: Readonly<Record<string, string>>;
}

const oldestMinor = 19;
const isWindows = process.platform === "win32";

const variablesSchema = z.object({ GOVERSION: z.string(), GOROOT: z.string(), GOFLAGS: z.string(), GOWORK: z.string() });

/** @throws ShardwrightError `framework-missing` */
export async function findToolchain(
  location: SuiteLocation,
  named: string,
  environment: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<Toolchain> {
  const suite = resolve(location.workspace, location.directory);
  const missing = (reason: string, remedy: string) =>
    new ShardwrightError("framework-missing", { framework: "go", directory: suite, reason, remedy });
  const remedy = `Install Go 1.${oldestMinor} or newer from https://go.dev/dl, or name its program with the runner's option \`go\`.`;
  const program = await findProgram(suite, named, environment);
  if (program === undefined) throw missing(`there is no program ${named} on the PATH`, remedy);
  // The go command takes the folder's name from PWD where that is right, and every path it prints begins with it.
  const inSuite = { ...environment, PWD: suite };
  const said = await runGo(program, ["env", "-json", "GOVERSION", "GOROOT", "GOFLAGS", "GOWORK"], suite, inSuite, signal);
  const variables = variablesSchema.safeParse(parseJson(said.output));
  if (said.problem !== undefined || !variables.success)
    throw missing(
      said.problem ?? `\`go env\` said ${said.output.slice(0, 200)}`,
      "Run `go env` there by itself: it says what is wrong.",
    );
  const { GOVERSION, GOROOT, GOFLAGS, GOWORK } = variables.data;
  const minor = Number(/go1\.(\d+)/.exec(GOVERSION)?.[1] ?? Number.NaN);
  if (minor < oldestMinor) throw missing(`version ${GOVERSION} is there`, remedy);
  const flags = splitQuoted(GOFLAGS);
  return {
    program,
    suite,
    // A version that cannot be read is one of a development tree.
    minor: Number.isNaN(minor) ? Number.MAX_SAFE_INTEGER : minor,
    goroot: GOROOT,
    gowork: GOWORK === "" || GOWORK === "off" ? undefined : GOWORK,
    flags,
    environment: { ...inSuite, ...(flags.length === 0 ? {} : { GOFLAGS: flagsForBuilding(flags) }) },
  };
}

function flagsForBuilding(flags: readonly string[]): string {
  const kept = flags.filter((flag) => !isForTests(parseFlag(flag).name));
  // An empty variable would let Go's own file speak again.
  return kept.length === 0 ? "-x=false" : kept.map((flag) => (/\s/.test(flag) ? `"${flag}"` : flag)).join(" ");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function findProgram(
  suite: string,
  named: string,
  environment: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const folders = (environment["PATH"] ?? environment["Path"] ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  const places = /[/\\]/.test(named) ? [resolve(suite, named)] : folders.map((folder) => join(folder, named));
  for (const place of places)
    for (const path of isWindows ? [place, `${place}.exe`] : [place]) if (await isProgram(path)) return path;
  return undefined;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
