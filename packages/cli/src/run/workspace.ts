import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { RunContext } from "@shardwright/core";
import { detectEnvironment, type CiEnvironment } from "@shardwright/ci";

/** Bounds the wait for git on a slow or hung disk. */
const gitTimeout_ms = 2000;

/** The commit and branch, from the CI system or, on a person's machine, from git; nothing where neither knows. */
export async function describeContext(
  environment: Readonly<Record<string, string | undefined>>,
  directory: string,
): Promise<CiEnvironment> {
  const found = detectEnvironment(environment);
  if (found.context.commit !== undefined) return found;
  const [commit, branch] = await git(["rev-parse", "HEAD", "--abbrev-ref", "HEAD"], directory);
  const context: RunContext = { ...found.context };
  if (commit !== undefined && /^[0-9a-f]{7,64}$/.test(commit)) context.commit = commit;
  if (branch !== undefined && branch !== "" && branch !== "HEAD") context.branch ??= branch;
  return { ...found, context };
}

/** @returns the lines that it prints; none where this is no repository, and without git: the report then goes without a commit */
async function git(args: string[], cwd: string): Promise<string[]> {
  try {
    const { stdout } = await promisify(execFile)("git", args, { cwd, timeout: gitTimeout_ms });
    return stdout.trim().split("\n");
  } catch {
    return [];
  }
}
