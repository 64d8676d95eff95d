import { z } from "zod";
import { askProcess } from "../process/ask-process.ts";
import { nodeProgram, scriptBeside } from "../process/node-program.ts";
import type { HostConfiguration } from "./host/load-mocha.ts";
import type { MochaInvocation } from "./options.ts";

const answerSchema = z.discriminatedUnion("type", [
  /** Absolute paths: of the files with tests, and of those that set up for them. */
  z.object({ type: z.literal("discovered"), files: z.array(z.string()), setups: z.array(z.string()) }),
  z.object({
    type: z.literal("listed"),
    cases: z.array(z.object({ path: z.array(z.string()).min(1), line: z.int().positive().optional() })),
  }),
]);
type Answer = z.infer<typeof answerSchema>;

/** The command line of a host. @param environment complete, with what the suite sets */
export function hostCommand(
  configuration: HostConfiguration,
  nodeArgs: MochaInvocation["nodeArgs"],
  environment: Readonly<Record<string, string>>,
) {
  return {
    command: nodeProgram(environment),
    args: [...nodeArgs, scriptBeside(import.meta.url, "host/main"), JSON.stringify(configuration)],
    cwd: configuration.directory,
    environment,
  };
}

/** @throws as `askProcess` */
export function askHost(command: ReturnType<typeof hostCommand>, signal: AbortSignal | undefined): Promise<Answer> {
  return askProcess({ command, answerSchema, framework: "mocha", signal });
}
