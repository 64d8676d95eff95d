import { ShardwrightError } from "@shardwright/core";
import { z } from "zod";
import type { Suite } from "../runner.ts";

/** What can be set for a vitest suite. */
const vitestOptionsSchema = z.strictObject({
  /** The configuration file, relative to the suite's folder; vitest looks for it when absent. */
  config: z.string().min(1).max(4096).optional(),
  /** Only these projects of the configuration, as vitest's `--project` names them. */
  projects: z.array(z.string().min(1).max(256)).max(256).optional(),
  /**
   * Further arguments, as on vitest's command line: `["--environment=jsdom", "src"]`. Those of the script `test` when it calls vitest and they are
   * absent. What decides about a whole run (bail, reporters, shard, watch …) is without effect.
   */
  args: z.array(z.string().max(4096)).max(256).optional(),
  /** Variables set for vitest alone; those that the script sets before `vitest` when nothing here is set. */
  environment: z.record(z.string().max(256), z.string().max(32_768)).optional(),
  /** Whether coverage is measured, and joined at the end of the run; as the configuration and the arguments say when absent. */
  coverage: z.boolean().optional(),
});
export type VitestOptions = z.infer<typeof vitestOptionsSchema>;

/** @throws ShardwrightError `config-invalid` */
export function parseVitestOptions(options: Suite["options"]): VitestOptions {
  const parsed = vitestOptionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  throw new ShardwrightError("config-invalid", { problems: `options of vitest: ${z.prettifyError(parsed.error)}` });
}
