import { ShardwrightError } from "@shardwright/core";
import { z } from "zod";
import type { Suite } from "../runner.ts";

/** What can be set for a jest suite. */
const jestOptionsSchema = z.strictObject({
  /** The configuration file, relative to the suite's folder; jest looks for it when absent. */
  config: z.string().min(1).max(4096).optional(),
  /** Only these projects of the configuration, by their display names or else their folders. */
  projects: z.array(z.string().min(1).max(256)).max(256).optional(),
  /**
   * Further arguments, as on jest's command line: `["--testTimeout=20000"]`. Those of the script in package.json that calls jest when
   * absent. What decides about a whole run (bail, shard, watch …) is without effect.
   */
  args: z.array(z.string().max(4096)).max(256).optional(),
  /** Variables set for jest alone; those that the script sets before `jest` when absent. */
  environment: z.record(z.string().max(256), z.string().max(32_768)).optional(),
  /** Whether coverage is measured, and joined at the end of the run; as the configuration and the arguments say when absent. */
  coverage: z.boolean().optional(),
});
export type JestOptions = z.infer<typeof jestOptionsSchema>;

/** @throws ShardwrightError `config-invalid` */
export function parseJestOptions(options: Suite["options"]): JestOptions {
  const parsed = jestOptionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  throw new ShardwrightError("config-invalid", { problems: `options of jest: ${z.prettifyError(parsed.error)}` });
}
