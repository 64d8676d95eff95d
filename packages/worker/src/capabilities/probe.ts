import { execFile } from "node:child_process";

/** What a probed program may take: one that hangs must not keep the worker from starting. */
const probeTimeout_ms = 5000;

/** What a program prints, or undefined when it is not there, fails or takes too long. */
export function probe(command: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(
      command,
      [...args],
      { timeout: probeTimeout_ms, killSignal: "SIGKILL", maxBuffer: 4 * 1024 * 1024, windowsHide: true, encoding: "utf8" },
      // Some programs print their version on the other stream.
      (error, stdout, stderr) => resolve(error === null ? stdout || stderr : undefined),
    );
  });
}
