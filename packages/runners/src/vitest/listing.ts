import { z } from "zod";
import { askProcess } from "../process/ask-process.ts";
import { nodeProgram, scriptBeside } from "../process/node-program.ts";
import type { HostConfiguration } from "./host/load-vitest.ts";

export const listingSchema = z.object({
  type: z.literal("discovered"),
  projects: z.array(z.object({ name: z.string(), root: z.string() })),
  files: z.array(z.object({ file: z.string(), project: z.string(), typecheck: z.boolean() })),
  passWithNoTests: z.boolean().optional(),
  coverage: z.strictObject({
    /** The project asks for it. */
    enabled: z.boolean(),
    /** Why it cannot be measured here, if it cannot. */
    obstacle: z.string().optional(),
  }),
});
/** What vitest itself would run, with absolute paths. */
export type Listing = z.infer<typeof listingSchema>;

/** The cases of one file. */
export const listedSchema = z.object({
  type: z.literal("listed"),
  cases: z.array(z.object({ path: z.array(z.string()).min(1), line: z.int().positive().exactOptional() })),
});

/** The command line of a host. */
export function hostCommand(configuration: HostConfiguration, environment: Readonly<Record<string, string>>) {
  return {
    command: nodeProgram(environment),
    args: [scriptBeside(import.meta.url, "host/main"), JSON.stringify(configuration)],
    cwd: configuration.directory,
    environment,
  };
}

/**
 * Asks the project's vitest which files it would run, or which cases a file has.
 * @throws ShardwrightError `discovery-failed`; the signal's reason when it is aborted
 */
export function askVitest<Answer>(
  configuration: HostConfiguration,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
  answerSchema: z.ZodType<Answer>,
): Promise<Answer> {
  return askProcess({ command: hostCommand(configuration, environment), answerSchema, framework: "vitest", signal });
}
