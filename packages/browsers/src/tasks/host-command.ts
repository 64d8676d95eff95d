import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { nodeProgram, scriptBeside, type SessionOptions } from "@shardwright/runners";
import type { HostConfiguration } from "./host/protocol.ts";
import type { BrowserOptions } from "./options.ts";

/** How the process is started that loads test modules. @param list the file whose cases it is to tell, and no more */
export function hostCommand(session: SessionOptions, options: BrowserOptions, list?: string) {
  const workspace = realpathSync.native(session.workspace);
  const configuration: HostConfiguration = { workspace, options, ...(list !== undefined && { list }) };
  return {
    command: nodeProgram(session.environment),
    // Of Node taking types away, which it calls experimental.
    args: ["--disable-warning=ExperimentalWarning", scriptBeside(import.meta.url, "host/main"), JSON.stringify(configuration)],
    cwd: resolve(workspace, session.directory),
    environment: session.environment,
  };
}
