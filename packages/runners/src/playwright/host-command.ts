import { nodeProgram, scriptBeside } from "../process/node-program.ts";
import type { HostConfiguration } from "./host/configuration.ts";

/** The command line of a host. */
export function hostCommand(configuration: HostConfiguration, environment: Readonly<Record<string, string>>) {
  return {
    command: nodeProgram(environment),
    args: [scriptBeside(import.meta.url, "host/main"), JSON.stringify(configuration)],
    cwd: configuration.directory,
    environment,
  };
}
