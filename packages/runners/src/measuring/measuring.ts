import { mkdirSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reasonOf, ShardwrightError } from "@shardwright/core";
import { z } from "zod";
import { nodeProgram, scriptBeside } from "../process/node-program.ts";
import { sharedEnvironment } from "../process/shared-environment.ts";
import type { Keeping } from "./keep.ts";
import { processFolder } from "./keep-counted.ts";
import { readC8Options } from "./c8-options.ts";
import { runTool, withoutMeasuring } from "./run-tool.ts";
import type { CoverageTool } from "./tool.ts";
import { toolProgram } from "./tool-program.ts";

/** How the processes of a session are measured. */
export interface Measuring {
  readonly keeping: Keeping;
  /** Makes a folder ready for what a process writes; what that is to be started with, beside its own environment. */
  readonly environmentFor: (folder: string) => Readonly<Record<string, string>>;
}

export interface MeasuredSuite {
  /** The suite's folder, absolute. */
  readonly directory: string;
  /** The complete environment of the processes to be measured. */
  readonly environment: Readonly<Record<string, string>>;
  /** As in the session's options. */
  readonly lastParts?: string | undefined;
}

const answerTimeout_ms = 60_000;

/**
 * Makes ready to measure the processes of one session, which keeps what they write in a folder of its own beside that of its artifacts.
 * @returns undefined where nothing that attempts leave is kept
 * @throws ShardwrightError `framework-missing`, `coverage-failed`
 */
export async function startMeasuring(tool: CoverageTool, suite: MeasuredSuite): Promise<Measuring | undefined> {
  const kept = suite.environment["SHARDWRIGHT_ARTIFACTS_DIR"];
  if (kept === undefined) return undefined;
  const { filter, environmentFor } = await askedOnce(tool, suite);
  // The worker removes what lies there, also that of one that was killed.
  const folder = await mkdtemp(`${kept}.coverage-`);
  return { keeping: { folder, filter, lastParts: suite.lastParts }, environmentFor };
}

/** To be called when its processes have ended. */
export async function stopMeasuring(measuring: Measuring | undefined): Promise<void> {
  if (measuring !== undefined) await rm(measuring.keeping.folder, { recursive: true, force: true });
}

interface Way {
  readonly filter?: Keeping["filter"];
  readonly environmentFor: Measuring["environmentFor"];
}

/** What the tools said for the slots of one run, as it costs half a second each time. */
const known = new Map<string, Promise<Way>>();
const knownLimit = 64;

function askedOnce(tool: CoverageTool, suite: MeasuredSuite): Promise<Way> {
  const { directory, environment } = suite;
  const key = JSON.stringify([tool, directory, environment["SHARDWRIGHT_RUN_ID"], sharedEnvironment(environment)]);
  const asked = known.get(key) ?? askTool(tool, suite);
  known.delete(key);
  known.set(key, asked);
  asked.catch(() => known.delete(key));
  for (const [oldest] of known) if (known.size > knownLimit) known.delete(oldest);
  return asked;
}

async function askTool(tool: CoverageTool, suite: MeasuredSuite): Promise<Way> {
  // What Node has compiled before, V8 counts less precisely.
  const byV8 = (folder: string) => ({ NODE_V8_COVERAGE: folder, NODE_DISABLE_COMPILE_CACHE: "1" });
  if (tool.name === "node") {
    // Without these, Node leaves out what is installed.
    const packages = tool.args.some((word) => /^--test-coverage-(?:in|ex)clude/.test(word));
    return { filter: { packages, outside: true }, environmentFor: byV8 };
  }
  if (tool.name === "nyc") return { environmentFor: await nycEnvironment(tool, suite) };
  const { keepsAll } = await readC8Options(tool, suite);
  return { filter: { packages: keepsAll, outside: keepsAll }, environmentFor: byV8 };
}

const nycSchema = z.record(z.string(), z.string());
const nycConfigSchema = z.looseObject({ useSpawnWrap: z.boolean().optional() });

/** What nyc adds to the environment of what it measures. */
async function nycEnvironment({ args }: CoverageTool, { directory, environment }: MeasuredSuite): Promise<Way["environmentFor"]> {
  const failed = (reason: string) => new ShardwrightError("coverage-failed", { framework: "nyc", directory, reason });
  const scratch = await mkdtemp(join(tmpdir(), "shardwright-nyc-"));
  try {
    const answer = join(scratch, "environment.json");
    const temporary = join(scratch, "nyc");
    const words = [
      ...toolProgram({ name: "nyc", args }, directory, temporary),
      "--silent",
      "--check-coverage=false",
      "--all=false",
    ];
    const { text } = await runTool({
      command: nodeProgram(environment),
      args: [...words, nodeProgram(environment), scriptBeside(import.meta.url, "host/tell-environment"), answer],
      cwd: directory,
      environment: withoutMeasuring(environment),
      timeout_ms: answerTimeout_ms,
    });
    const told = await readFile(answer, "utf8").catch(() => undefined);
    if (told === undefined) throw failed(`it started nothing. ${text.slice(-2000)}`);
    const seen = nycSchema.parse(JSON.parse(told));
    const added = Object.fromEntries(Object.entries(seen).filter(([name, value]) => environment[name] !== value));
    const { NYC_CONFIG: config = "{}", NYC_PROCESS_ID: _, ...others } = added;
    const parsed = nycConfigSchema.parse(JSON.parse(config));
    if (parsed.useSpawnWrap === true) throw failed("use-spawn-wrap is not supported");
    return (folder) => {
      // A process that could not write there would not end in good order.
      mkdirSync(join(folder, processFolder), { recursive: true });
      return { ...others, NYC_CONFIG: JSON.stringify({ ...parsed, tempDir: folder, tempDirectory: folder }) };
    };
  } catch (error) {
    throw error instanceof ShardwrightError ? error : failed(reasonOf(error));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
