import { spawn } from "node:child_process";

/** How long a program may think about its version. */
const patience_ms = 5000;
const outputLimit = 4096;

/**
 * What a program prints for `--version`.
 * @throws Error with the reason, in words for people: it did not answer in time, it failed, it cannot be started
 */
export function sayVersion(executable: string, wait_ms: number = patience_ms): Promise<string> {
  return new Promise((resolve, reject) => {
    // In a group of its own, so that what a wrapper has started ends with it.
    const child = spawn(executable, ["--version"], {
      stdio: ["ignore", "pipe", "ignore"],
      detached: true,
      windowsHide: true,
    });
    let said = "";
    const timer = setTimeout(() => {
      end();
      reject(new Error(`it did not tell its version within ${wait_ms / 1000} s`));
    }, wait_ms);
    const end = () => {
      child.stdout.destroy();
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    };
    child.stdout.on("data", (chunk: Buffer) => {
      if (said.length < outputLimit) said += chunk.toString("utf8").slice(0, outputLimit);
    });
    child.once("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(new Error(`it cannot be started (${error.code ?? error.message})`));
    });
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      // What it left running may hold its output open for ever.
      setImmediate(() => {
        end();
        if (code === 0) resolve(said.trim());
        else reject(new Error(`asked for its version it ended ${code === null ? `by ${signal}` : `with exit code ${code}`}`));
      });
    });
  });
}
