import { ShardwrightError } from "@shardwright/core";
import { z } from "zod";
import type { Suite } from "../runner.ts";

/** What can be set for a vitest suite. */
const vitestOptionsSchema = z.strictObject({
  /** The configuration file, relative to the suite's folder; vitest looks for it when absent. */
  config: z.string().min(1).max(4096).optional(),
  /** Only these projects of the configuration, as vitest's `--project` names them. */
  projects: z.array(z.string().min(1).max(256)).max(256).optional(),
});
export type VitestOptions = z.infer<typeof vitestOptionsSchema>;

/** @throws ShardwrightError `config-invalid` */
export function parseVitestOptions(options: Suite["options"]): VitestOptions {
  const parsed = vitestOptionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  throw new ShardwrightError("config-invalid", { problems: `options of vitest: ${z.prettifyError(parsed.error)}` });
}
