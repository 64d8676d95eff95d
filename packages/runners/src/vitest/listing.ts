import { reasonOf, ShardwrightError } from "@shardwright/core";
import { z } from "zod";
import { startChild, type ChildExit } from "../process/child.ts";
import { readJsonLines } from "../process/json-lines.ts";
import { nodeProgram, scriptBeside } from "../process/node-program.ts";
import type { HostConfiguration } from "./host/load-vitest.ts";

export const listingSchema = z.object({
  type: z.literal("discovered"),
  projects: z.array(z.object({ name: z.string(), root: z.string() })),
  files: z.array(z.object({ file: z.string(), project: z.string(), typecheck: z.boolean() })),
  hasThresholds: z.boolean(),
});
/** What vitest itself would run, with absolute paths. */
export type Listing = z.infer<typeof listingSchema>;

/** The cases of one file. */
export const listedSchema = z.object({
  type: z.literal("listed"),
  cases: z.array(z.object({ path: z.array(z.string()).min(1), line: z.int().positive().exactOptional() })),
});

const fatalSchema = z.object({ type: z.literal("fatal"), message: z.string() });

const listingTimeout_ms = 120_000;
const tailLimit = 4000;

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
export async function askVitest<Answer>(
  configuration: HostConfiguration,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
  answerSchema: z.ZodType<Answer>,
): Promise<Answer> {
  signal?.throwIfAborted();
  let tail = "";
  let listing: Answer | undefined;
  let fault: string | undefined;
  const child = startChild({
    ...hostCommand(configuration, environment),
    channel: true,
    onOutput: (chunk) => {
      tail = (tail + Buffer.from(chunk).toString("utf8")).slice(-tailLimit);
    },
  });
  if (child.fromChild !== undefined)
    readJsonLines(
      child.fromChild,
      (message) => {
        const fatal = fatalSchema.safeParse(message);
        if (fatal.success) return (fault = fatal.data.message);
        const answer = answerSchema.safeParse(message);
        if (answer.success) listing = answer.data;
        else fault = `the host sent a message of the wrong form: ${z.prettifyError(answer.error)}`;
      },
      (line) => (fault = `the host sent a line that is no JSON: ${line}`),
    );
  const timeout = AbortSignal.timeout(listingTimeout_ms);
  const stopped = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  const stop = () => void child.stop(0);
  stopped.addEventListener("abort", stop);
  const exit = await child.exited;
  stopped.removeEventListener("abort", stop);
  signal?.throwIfAborted();
  if (listing !== undefined) return listing;
  const reason = timeout.aborted ? `no answer within ${listingTimeout_ms / 1000} s` : (fault ?? howItEnded(exit, tail));
  throw new ShardwrightError("discovery-failed", { framework: "vitest", directory: configuration.directory, reason });
}

function howItEnded(exit: ChildExit, tail: string): string {
  if (exit.error !== undefined) return reasonOf(exit.error);
  return `it ended with ${exit.signal ?? `code ${exit.code}`}. ${tail.trim()}`;
}
