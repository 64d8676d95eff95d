import { ShardwrightError } from "@shardwright/core";
import { z } from "zod";
import { coverageOptions, type CoverageTool } from "../measuring/tool.ts";
import type { Suite } from "../runner.ts";
import { parseNodeLine } from "./node-line.ts";

/** What can be set for a node:test suite. */
const nodeTestOptionsSchema = z.strictObject({
  /**
   * Options of node for each test file, as in `node … --test`: `["--import", "tsx", "--test-timeout=5000"]`. Those of the script in
   * package.json that calls `node --test` when absent. A `--test-global-setup` runs once for all slots of a worker.
   */
  args: z.array(z.string().max(4096)).max(256).optional(),
  /** Variables set for the test files alone; those that the script sets before `node` when absent. */
  environment: z.record(z.string().max(256), z.string().max(32_768)).optional(),
  ...coverageOptions(["c8", "nyc", "node"]),
});

export interface NodeTestOptions {
  /** Options of node alone: no files, and none that are for a whole run. */
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface GivenOptions {
  readonly args?: string[] | undefined;
  readonly environment?: Record<string, string> | undefined;
  readonly coverage?: boolean | undefined;
  readonly coverageTool?: CoverageTool | undefined;
}

/** @throws ShardwrightError `config-invalid` */
export function parseNodeTestOptions(options: Suite["options"]): GivenOptions {
  const parsed = nodeTestOptionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  throw new ShardwrightError("config-invalid", { problems: `options of node-test: ${z.prettifyError(parsed.error)}` });
}

export function completeOptions(given: GivenOptions): NodeTestOptions {
  return { args: parseNodeLine(given.args ?? []).args, environment: given.environment ?? {} };
}
