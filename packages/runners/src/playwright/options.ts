import { ShardwrightError } from "@shardwright/core";
import { z } from "zod";
import type { Suite } from "../runner.ts";
import { parsePlaywrightArguments, type PlaywrightArguments } from "./command-line.ts";

/** What can be set for a Playwright suite. */
const playwrightOptionsSchema = z.strictObject({
  /** The configuration file, relative to the suite's folder; Playwright looks for it when absent. */
  config: z.string().min(1).max(4096).optional(),
  /** Only these projects of the configuration and those they depend on, as Playwright's `--project` names them. */
  projects: z.array(z.string().min(1).max(256)).max(256).optional(),
  /** Further arguments of `playwright test`, as it takes them itself: `["--retries=2", "--grep", "@smoke"]`. */
  args: z.array(z.string().max(4096)).max(256).optional(),
  /** Whether each attempt leaves a blob of Playwright's own, to be merged; as the configuration's reporters say when absent. */
  blobReport: z.boolean().optional(),
});

export interface PlaywrightOptions extends PlaywrightArguments {
  readonly config?: string | undefined;
  readonly projects?: readonly string[] | undefined;
  readonly blobReport?: boolean | undefined;
}

/** @throws ShardwrightError `config-invalid` */
export function parsePlaywrightOptions(options: Suite["options"]): PlaywrightOptions {
  const parsed = playwrightOptionsSchema.safeParse(options);
  if (!parsed.success) throw invalid(z.prettifyError(parsed.error));
  const { config, projects, blobReport, args = [] } = parsed.data;
  try {
    return { config, projects, blobReport, ...parsePlaywrightArguments(args) };
  } catch (error) {
    throw invalid((error as Error).message);
  }
}

function invalid(problem: string): ShardwrightError {
  return new ShardwrightError("config-invalid", { problems: `options of playwright: ${problem}` });
}
