import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { requireFramework } from "../installed.ts";
import { nodeProgram, scriptBeside } from "../process/node-program.ts";
import { runTool, withoutMeasuring } from "./run-tool.ts";
import { type CoverageTool, toolPackage } from "./tool.ts";

const optionsSchema = z.strictObject({
  /** What is installed, or lies elsewhere, may count. */
  keepsAll: z.boolean(),
  /** It is held against thresholds. */
  isJudged: z.boolean(),
});
export type C8Options = z.infer<typeof optionsSchema>;

/** What holds of a c8 that does not say. */
const unknown: C8Options = { keepsAll: true, isJudged: true };
const timeout_ms = 60_000;

/** @throws ShardwrightError `framework-missing` */
export async function readC8Options(
  { args }: CoverageTool,
  { directory, environment }: { readonly directory: string; readonly environment: Readonly<Record<string, string>> },
): Promise<C8Options> {
  const root = requireFramework(toolPackage("c8"), directory);
  const scratch = await mkdtemp(join(tmpdir(), "shardwright-c8-"));
  const answer = join(scratch, "options.json");
  try {
    await runTool({
      command: nodeProgram(environment),
      args: [scriptBeside(import.meta.url, "host/read-c8-options"), answer, root, ...args],
      cwd: directory,
      environment: withoutMeasuring(environment),
      timeout_ms,
    });
    return optionsSchema.parse(JSON.parse(await readFile(answer, "utf8")));
  } catch {
    return unknown;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
