import { spawn } from "node:child_process";
import type { HostConfiguration } from "./load-mocha.ts";

/** Becomes a process with these options of node, as far as anybody can tell who talks to this one: mocha's own program does the same. */
export function continueWithNodeFlags(flags: readonly string[], host: HostConfiguration): Promise<never> {
  const program = process.argv[1] ?? "";
  const child = spawn(
    process.execPath,
    [...process.execArgv, ...flags, program, JSON.stringify({ ...host, hasNodeFlags: true })],
    { stdio: ["ignore", "inherit", "inherit", 3, 4], windowsHide: true },
  );
  return new Promise((_resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      if (signal !== null) process.kill(process.pid, signal);
      else process.exit(code ?? 1);
    });
  });
}
