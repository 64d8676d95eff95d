import { spawn } from "node:child_process";
import { ShardwrightError } from "@shardwright/core";

export interface GitOptions {
  readonly cwd: string;
  readonly signal?: AbortSignal | undefined;
  readonly timeout_ms?: number;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

const timeout_ms = 600_000;
/** A list of half a million names. */
const outputLimit_bytes = 256 * 1024 * 1024;
const errorLimit = 2000;

/** Variables that would point git at another repository than the one in the folder. */
const misleading = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_PREFIX"];

/**
 * Runs git to its end; it asks nobody for a password. @returns what it printed
 * @throws ShardwrightError `git-failed` with what it said
 */
export async function git(args: readonly string[], options: GitOptions): Promise<string> {
  const environment: Record<string, string | undefined> = { ...(options.environment ?? process.env), GIT_TERMINAL_PROMPT: "0" };
  for (const name of misleading) delete environment[name];
  const limit = AbortSignal.timeout(options.timeout_ms ?? timeout_ms);
  const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]);
  const failed = (reason: string, cause?: unknown) =>
    new ShardwrightError("git-failed", { command: `git ${args.find((word) => !word.startsWith("-")) ?? ""}`, reason }, { cause });
  return new Promise((resolve, reject) => {
    const child = spawn("git", [...args], {
      cwd: options.cwd,
      env: environment,
      signal,
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes > outputLimit_bytes) child.kill("SIGKILL");
      else chunks.push(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString("utf8")).slice(-errorLimit)));
    child.once("error", (error) => {
      // Thrown in here, it would be nobody's to catch.
      if (options.signal?.aborted === true) return reject(options.signal.reason as Error);
      reject(limit.aborted ? failed("it took longer than its time limit", error) : failed(error.message, error));
    });
    child.once("close", (code, killed) => {
      if (code === 0) resolve(Buffer.concat(chunks).toString("utf8"));
      else reject(failed(said.trim() || (killed === null ? `it ended with code ${code}` : `it was ended by ${killed}`)));
    });
  });
}
