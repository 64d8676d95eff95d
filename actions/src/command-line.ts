import { spawn } from "node:child_process";
import { join } from "node:path";

/** The program as it was packed beside this file. */
const program = join(import.meta.dirname, "node_modules", "shardwright", "bin", "shardwright.mjs");
/** Its result is a line; the run's log goes elsewhere. */
const resultLimit = 1024 * 1024;

export interface Ended {
  /** Its exit code; 3, as for all that keeps a run from a verdict, where a signal has ended it. */
  readonly code: number;
  /** It was ended by a signal: for want of memory, say. What it has begun stands as it was. */
  readonly isKilled: boolean;
  /** What it wrote to standard output. */
  readonly result: string;
}

/** Runs the command line to its end. What it says goes to the log; the runner's signals are passed on, and what becomes of them is its answer. */
export function runCommandLine(
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { ...options, stdio: ["ignore", "pipe", "inherit"] });
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    const pass = (signal: NodeJS.Signals) => void child.kill(signal);
    for (const signal of signals) process.on(signal, pass);
    let result = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (result = (result + text).slice(0, resultLimit)));
    child.on("error", reject);
    child.on("close", (code) => {
      for (const signal of signals) process.off(signal, pass);
      resolve({ code: code ?? 3, isKilled: code === null, result });
    });
  });
}
