import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { ShardwrightError } from "@shardwright/core";
import { z } from "zod";
import type { MeasuringTool } from "../command/measuring-words.ts";
import { requireFramework } from "../installed.ts";
import { toolPackage } from "./tool.ts";

const manifestSchema = z.looseObject({ bin: z.union([z.string(), z.record(z.string(), z.string())]) });

/** Where a tool would keep what it has not reported yet, which is ours to say. */
const temporaryOption = /^(?:-t|--temp-?dir(?:ectory)?)(?:=.*)?$/is;

/**
 * The words, for node, that start the project's own c8 or nyc with the project's arguments; the options of ours that come after them end in
 * one with a value, and what is to be measured comes then.
 * @param temporary where it keeps what it has not reported yet
 * @throws ShardwrightError `framework-missing`
 */
export function toolProgram({ name, args }: MeasuringTool, directory: string, temporary: string): string[] {
  const root = requireFramework(toolPackage(name), directory);
  const { bin } = manifestSchema.parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));
  const program = typeof bin === "string" ? bin : bin[name];
  if (program === undefined)
    throw new ShardwrightError("coverage-failed", { framework: name, directory, reason: "its package names no program" });
  const own = args.filter(
    (word, index) => !isTemporary(word) && !(isTemporary(args[index - 1]) && !args[index - 1]?.includes("=")),
  );
  // Of nyc, the configuration may use a name that the command line does not know. c8 else has all parts in memory at once.
  const options =
    name === "nyc" ? ["--temp-dir", temporary, "--temp-directory", temporary] : ["--merge-async", "--temp-directory", temporary];
  return [join(realpathSync(root), program), ...own, ...options];
}

function isTemporary(word: string | undefined): boolean {
  return word !== undefined && temporaryOption.test(word);
}
