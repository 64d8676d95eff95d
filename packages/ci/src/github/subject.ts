import type { RunContext } from "@shardwright/core";
import { z } from "zod";
import type { Environment } from "../provider.ts";
import { describeGithub } from "./describe.ts";
import { readEvent } from "./event.ts";
import { describeTriggeringRun } from "./triggering-run.ts";

const headSchema = z.object({
  workflow_run: z.object({ head_repository: z.object({ owner: z.object({ login: z.string() }) }).nullish() }),
});

/**
 * What results belong to. A workflow that follows another one may write what that one could not, and believes GitHub alone: what lies in
 * a report was written by the pull request's own code.
 */
export function subjectOf(context: RunContext, env: Environment): RunContext {
  return describeTriggeringRun(env) ?? { ...describeGithub(env).context, ...context };
}

/** The branch of the run that this job follows, as GitHub's list of pull requests takes it; undefined where it follows none. */
export function followedHead(env: Environment): { readonly head: string; readonly commit: string } | undefined {
  const { branch, commit } = describeTriggeringRun(env) ?? {};
  const owner = readEvent(env.GITHUB_EVENT_PATH, headSchema)?.workflow_run.head_repository?.owner.login;
  return branch === undefined || commit === undefined || owner === undefined ? undefined : { head: `${owner}:${branch}`, commit };
}
