import { ShardwrightError } from "@shardwright/core";
import { z } from "zod";
import type { Suite } from "../runner.ts";

/** What can be set for a pytest suite. */
const pytestOptionsSchema = z.strictObject({
  /** The interpreter: a name on the PATH, or a path relative to the suite's folder. The suite's virtual environment when absent. */
  python: z.string().min(1).max(4096).optional(),
  /** Further arguments for pytest, as on its command line: `["-m", "not slow"]`. */
  args: z.array(z.string().max(4096)).max(256).default([]),
  /** Folders and files that were chosen, as on pytest's command line: it looks there for its configuration, too. */
  paths: z.array(z.string().max(4096)).max(1024).default([]),
  /** The files were chosen by patterns, and are tests whatever pytest's own say. */
  anyFile: z.boolean().default(false),
  /** Whether pytest-cov measures what tests cover; as the project says when absent. */
  coverage: z.boolean().optional(),
});
export type PytestOptions = z.infer<typeof pytestOptionsSchema>;

/** @throws ShardwrightError `config-invalid` */
export function parsePytestOptions(options: Suite["options"]): PytestOptions {
  const parsed = pytestOptionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  throw new ShardwrightError("config-invalid", { problems: `options of pytest: ${z.prettifyError(parsed.error)}` });
}
