import { execFileSync } from "node:child_process";
import type { RunContext } from "@shardwright/core";
import { detectEnvironment, type CiEnvironment } from "@shardwright/ci";

/** Bounds the wait for git on a slow or hung disk. */
const gitTimeout_ms = 2000;

/** The commit and branch, from the CI system or, on a person's machine, from git; nothing where neither knows. */
export function describeContext(environment: Readonly<Record<string, string | undefined>>, directory: string): CiEnvironment {
  const found = detectEnvironment(environment);
  if (found.context.commit !== undefined) return found;
  const [commit, branch] = git(["rev-parse", "HEAD", "--abbrev-ref", "HEAD"], directory)?.split("\n") ?? [];
  const context: RunContext = { ...found.context };
  if (commit !== undefined && /^[0-9a-f]{7,64}$/.test(commit)) context.commit = commit;
  if (branch !== undefined && branch !== "" && branch !== "HEAD") context.branch ??= branch;
  return { ...found, context };
}

function git(args: string[], directory: string): string | undefined {
  try {
    return execFileSync("git", args, {
      cwd: directory,
      encoding: "utf8",
      timeout: gitTimeout_ms,
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    // Not a repository, or no git: the report goes without a commit.
    return undefined;
  }
}
