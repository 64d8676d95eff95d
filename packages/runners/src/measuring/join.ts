import { realpathSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { reasonOf, ShardwrightError } from "@shardwright/core";
import { z } from "zod";
import { joiningTimeout_ms } from "../coverage-parts.ts";
import { nodeProgram, scriptBeside } from "../process/node-program.ts";
import type { CoverageOutcome, CoverageRequest } from "../runner.ts";
import { readC8Options } from "./c8-options.ts";
import type { Placing } from "./host/place-parts.ts";
import { runTool, withoutMeasuring } from "./run-tool.ts";
import type { CoverageTool } from "./tool.ts";
import { toolProgram } from "./tool-program.ts";

/** What the tools say of thresholds that are not met, each in a line. */
const unmet = /^(?:ℹ )?(?:ERROR|Error): (.*\bdoes not meet .*)$/;
/** What Node says of a process that has ended its own measuring. */
const endedMeasuring = /^Failed to get 'result' from coverage profile|^\{"id":\d+,"error":\{"code":-32000/;

const nycConfigSchema = z.looseObject({ "check-coverage": z.boolean().optional() });

/**
 * Has the project's own tool report what the parts come to, and hold it against its thresholds: it is started as by the project, around a
 * process that leaves for it what the tests have left.
 * @throws ShardwrightError `framework-missing`, `coverage-failed`; the signal's reason when it is aborted
 */
export async function joinByTool(tool: CoverageTool, request: CoverageRequest): Promise<CoverageOutcome> {
  const { signal, parts } = request;
  const workspace = realpathSync.native(request.workspace);
  const directory = resolve(workspace, request.directory);
  const environment = withoutMeasuring(request.environment);
  const scratch = await mkdtemp(join(tmpdir(), "shardwright-join-"));
  const into = join(scratch, "tool");
  const placing: Placing = { parts, workspace, told: join(scratch, "told.json"), ...(tool.name !== "node" && { into }) };
  try {
    const { text, exit } = await runTool({
      command: nodeProgram(environment),
      args: await wordsFor(tool, { directory, into, scratch, environment }),
      cwd: directory,
      environment: { ...environment, SHARDWRIGHT_PLACE_PARTS: JSON.stringify(placing) },
      timeout_ms: joiningTimeout_ms,
      signal,
    });
    const lines = text.split("\n").filter((line) => !endedMeasuring.test(line));
    const problems = lines.flatMap((line) => unmet.exec(line)?.[1] ?? []);
    const told = await readFile(placing.told, "utf8").catch(() => undefined);
    if (told === undefined || (exit.code !== 0 && problems.length === 0))
      throw new Error(`it ended with ${exit.signal ?? `code ${exit.code}`}. ${text.trim().slice(-2000)}`);
    const isJudged = problems.length > 0 || (await judges(tool, told, { directory, environment }));
    return {
      text: reportIn(
        tool,
        lines.filter((line) => !unmet.test(line)),
      ),
      isJudged,
      problems,
    };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ShardwrightError) throw error;
    const framework = tool.name === "node" ? "node:test" : tool.name;
    throw new ShardwrightError("coverage-failed", { framework, directory, reason: reasonOf(error) }, { cause: error });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

interface Place {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
}

async function wordsFor(
  { name, args }: CoverageTool,
  { directory, into, scratch, environment }: Place & { readonly into: string; readonly scratch: string },
): Promise<string[]> {
  const script = scriptBeside(import.meta.url, "host/place-parts");
  if (name !== "node") return [...toolProgram({ name, args }, directory, into), nodeProgram(environment), script];
  // Node takes no test file from where packages are installed.
  const file = join(scratch, "coverage.mjs");
  await writeFile(file, `import ${JSON.stringify(pathToFileURL(script).href)};\n`);
  const shown = ["--test-reporter=spec", "--test-reporter-destination=stdout"];
  return ["--test", "--experimental-test-coverage", ...shown, ...args, file];
}

/** Whether it was held against thresholds, all of which were met. */
async function judges(tool: CoverageTool, told: string, place: Place): Promise<boolean> {
  if (tool.name === "c8") return (await readC8Options(tool, place)).isJudged;
  if (tool.name === "nyc") return nycConfigSchema.parse(JSON.parse(told))["check-coverage"] === true;
  return tool.args.some((word) => /^--test-coverage-(?:lines|branches|functions)(?:=|$)/.test(word));
}

/** Without what Node says of the process that ran no test. */
function reportIn(tool: CoverageTool, lines: readonly string[]): string {
  if (tool.name !== "node") return lines.join("\n").trim();
  const begin = lines.findIndex((line) => line.includes("start of coverage report"));
  const end = lines.findIndex((line) => line.includes("end of coverage report"));
  return begin === -1
    ? ""
    : lines
        .slice(begin + 1, end === -1 ? undefined : end)
        .map((line) => line.replace(/^ℹ /, ""))
        .join("\n");
}
